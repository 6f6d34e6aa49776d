package dev.sifter.kernels.gpu.emulator;

import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes a report as a table. */
final class ReportText {
  private ReportText() {}

  static String of(EmulatorReport report, Function<SourceLocation, String> source) {
    StringBuilder text = new StringBuilder();
    Work total = report.total();
    line(
        text,
        "%s: grid %d×%d×%d, %d threads a block",
        report.kernel(),
        report.grid().x(),
        report.grid().y(),
        report.grid().z(),
        report.threadsPerBlock());
    line(text, "  warp instructions  %,d: %s", total.warpInstructions(), classes(total));
    line(text, "  flops              %,d", total.flops());
    line(text, "  global loads       %s", traffic(total.loads()));
    line(text, "  global stores      %s", traffic(total.stores()));
    line(
        text,
        "  shared memory      %,d bytes, %,d turns, %,d of them for bank conflicts",
        total.sharedBytes(),
        total.sharedTurns(),
        total.bankConflicts());
    line(text, "  divergent branches %,d", total.divergentBranches());
    line(
        text,
        "  %-32s %12s %14s %14s %14s %12s %9s %9s",
        "line",
        "warp instr.",
        "flops",
        "load bytes",
        "store bytes",
        "sect./req.",
        "conflicts",
        "diverged");
    for (EmulatorReport.Line row : report.lines()) {
      line(text, row, source.apply(row.where()));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, EmulatorReport.Line row, String source) {
    Work work = row.work();
    line(
        text,
        "  %-32s %,12d %,14d %,14d %,14d %12s %,9d %,9d  %s",
        row.where(),
        work.warpInstructions(),
        work.flops(),
        work.loads().bytes(),
        work.stores().bytes(),
        Stream.of(work.loads(), work.stores())
            .filter(traffic -> traffic.requests() > 0)
            .map(traffic -> format("%.1f", traffic.sectorsPerRequest()))
            .collect(Collectors.joining(" ")),
        work.bankConflicts(),
        work.divergentBranches(),
        source);
  }

  private static String classes(Work work) {
    return Stream.of(InstructionClass.values())
        .filter(kind -> work.instructions(kind) > 0)
        .map(kind -> format("%s %,d", kind.label(), work.instructions(kind)))
        .collect(Collectors.joining(", "));
  }

  private static String traffic(Work.Traffic traffic) {
    return format(
        "%,d bytes in %,d requests, %.1f sectors each, %.0f %% of them used",
        traffic.bytes(),
        traffic.requests(),
        traffic.sectorsPerRequest(),
        100 * traffic.efficiency());
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(format(format, values).stripTrailing()).append('\n');
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
