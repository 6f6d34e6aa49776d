package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The page of the documentation that lists the ops, written from their contracts. */
public final class OpTable {
  private static final String HEADER =
      """
      # Ops
      Generated from the contracts in `dev.sifter.engine.ops.contract`; do not edit.

      A result x may lie from the same formula in double precision by the tolerance: a part of
      |x|, and a part of max, the largest element of the tensor. u is 2⁻²⁴, half an fp32 ulp.
      Work is the least there is to do at the shape named, in fp32: a multiply-add is two
      operations, and every tensor is read or written once. A dash: no backward pass. Inputs are
      parameters here, to whose gradients what an op has made elsewhere is copied.
      The gradients of linear-cross-entropy are computed with its loss.

      | op | formula | tolerance | shape | forward | backward |
      |---|---|---|---|---|---|
      """;

  private OpTable() {}

  /** The whole page. */
  public static String markdown() {
    StringBuilder page = new StringBuilder(HEADER);
    List<String> reasons = new ArrayList<>();
    OpContracts.all().forEach(contract -> page.append(row(contract, reasons)));
    page.append("\n## Why these tolerances\n");
    for (int i = 0; i < reasons.size(); i++) {
      page.append("%d. %s\n".formatted(i + 1, reasons.get(i)));
    }
    return page.toString();
  }

  private static String row(OpContract contract, List<String> reasons) {
    OpWork work = OpWork.of(contract.benchmark());
    String tolerances =
        contract.tolerances().stream()
            .map(tolerance -> tolerance(tolerance, reasons))
            .collect(Collectors.joining("; "));
    return "| %s | %s | %s | %s | %s | %s |\n"
        .formatted(
            contract.name(),
            cell(contract.formula()),
            cell(tolerances),
            cell(contract.benchmark().name()),
            describe(work.forward()),
            describe(work.backward()));
  }

  private static String tolerance(Tolerance tolerance, List<String> reasons) {
    if (!reasons.contains(tolerance.reason())) {
      reasons.add(tolerance.reason());
    }
    List<String> parts = new ArrayList<>();
    if (tolerance.relative() != 0) {
      parts.add(String.format(Locale.ROOT, "%.1e·|x|", tolerance.relative()));
    }
    if (tolerance.ofLargest() != 0) {
      parts.add(String.format(Locale.ROOT, "%.1e·max", tolerance.ofLargest()));
    }
    String bound = parts.isEmpty() ? "0" : String.join(" + ", parts);
    return "%s [%d]".formatted(bound, reasons.indexOf(tolerance.reason()) + 1);
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String describe(Work work) {
    return work.equals(Work.NONE)
        ? "–"
        : String.format(Locale.ROOT, "%.2f MFLOP, %.2f MB", work.flops() / 1e6, work.bytes() / 1e6);
  }
}
