package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.library.Kernel;
import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Writes {@code docs/kernel-table.md}: numbers of all kernels that are the same on every machine.
 */
public final class KernelTable {
  /** Large enough for whole tiles, small enough for the naive product on the emulator. */
  private static final int LADDER_SIZE = 256;

  private static final int KIB = 1 << 10;

  private static final String HEAD =
      """
      # Numbers of the kernels

      Written by `KernelTableTest`, not by hand. What it says is the same on every machine: none of it
      is a time. `sifter kernels show NAME` says more of each.

      """;

  private static final String RESOURCES =
      """
      ## Shapes of practice

      The shape that `sifter kernels bench` times; what must move and be computed at least; and what
      NVIDIA's compiler (CUDA %s) makes of the kernel for sm_80 / sm_90a. Nothing spills. Where there
      are several launches, they stand in order.

      | kernel | shape | least MB | GFLOP | registers | shared KiB | blocks a multiprocessor |
      |---|---|---|---|---|---|---|
      """;

  private static final String COUNTS =
      """

      ## What moves

      The emulator's counts of each kernel's first trial: bytes of all sectors that were touched, as a
      multiple of the least (what is read again from a cache counted in); sectors of 32 bytes a request,
      of which 16 are the most; turns of shared memory that bank conflicts added.

      | kernel | trial | moved | of least | sectors a load | a store | bank conflicts |
      |---|---|---|---|---|---|---|
      """;

  private static final String LADDER =
      """

      ## From a naive product to tensor cores

      C = A·Bᵀ of %d×%d×%d, counted by the emulator. Bytes from device memory are those of all sectors
      that requests touch, before any cache. A turn of shared memory serves up to 128 bytes.

      | step | operands | instructions of warps | FLOPs each | MB from device memory | of least | turns of shared memory | of them conflicts |
      |---|---|---|---|---|---|---|---|
      """;

  private KernelTable() {}

  /** The page. */
  public static String markdown(PtxCompiler compiler) {
    StringBuilder page = new StringBuilder(HEAD);
    page.append(RESOURCES.formatted(compiler.version()));
    List<KernelEntry> entries = KernelCatalog.all();
    entries.forEach(entry -> page.append(resources(entry, compiler)));
    page.append(COUNTS);
    entries.forEach(entry -> page.append(counts(entry)));
    page.append(LADDER.formatted(LADDER_SIZE, LADDER_SIZE, LADDER_SIZE));
    for (GemmStep step : GemmStep.values()) {
      page.append(step(step));
    }
    return page.toString();
  }

  private static String resources(KernelEntry entry, PtxCompiler compiler) {
    TrialShape shape = TrialShape.of(entry.benchmark());
    List<List<KernelFacts.Resources>> resources = new ArrayList<>();
    for (Kernel kernel : shape.kernels()) {
      KernelFacts facts = KernelFacts.of(kernel, PtxTarget.SM_80);
      List<KernelFacts.Resources> onBoth = new ArrayList<>();
      for (PtxTarget gpu : PtxTarget.from(facts.ptx().target())) {
        onBoth.add(facts.resources(compiler, gpu));
      }
      resources.add(onBoth);
    }
    return row(
        entry.name(),
        shape.label(),
        decimal(1, shape.leastBytes() * 1e-6),
        decimal(2, shape.flops() * 1e-9),
        both(resources, KernelFacts.Resources::registers),
        resources.stream()
            .map(onBoth -> decimal(1, onBoth.getFirst().sharedBytes() / (double) KIB))
            .collect(Collectors.joining("; ")),
        both(resources, KernelFacts.Resources::residentBlocks));
  }

  private static String both(
      List<List<KernelFacts.Resources>> resources, ToIntFunction<KernelFacts.Resources> number) {
    return resources.stream()
        .map(
            onBoth ->
                onBoth.stream()
                    .map(one -> Integer.toString(number.applyAsInt(one)))
                    .collect(Collectors.joining(" / ")))
        .collect(Collectors.joining("; "));
  }

  private static TrialCounts count(KernelTrial trial) {
    try (EmulatedTrial emulated = EmulatedTrial.open(trial, 0)) {
      return TrialCounts.of(TrialShape.of(trial), emulated.runAll());
    }
  }

  private static String counts(KernelEntry entry) {
    KernelTrial trial = entry.trials().getFirst();
    TrialCounts counts = count(trial);
    return row(
        entry.name(),
        trial.label(),
        whole(counts.sectorBytes()),
        decimal(2, counts.ofFloor()),
        decimal(1, counts.sectorsPerLoad()),
        decimal(1, counts.sectorsPerStore()),
        whole(counts.bankConflicts()));
  }

  private static String step(GemmStep step) {
    TrialCounts counts = count(step.trial(LADDER_SIZE));
    return row(
        "`" + step.kernel() + "`",
        step.type().toString(),
        whole(counts.warpInstructions()),
        decimal(1, (double) counts.flops() / counts.warpInstructions()),
        decimal(2, counts.sectorBytes() * 1e-6),
        decimal(1, counts.ofFloor()),
        whole(counts.sharedTurns()),
        whole(counts.bankConflicts()));
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  private static String whole(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String decimal(int decimals, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%,." + decimals + "f", value) : "–";
  }
}
