package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.PasteAll;
import dev.sifter.kernels.library.PasteRows;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Matrices that become parts of others. */
final class PasteTrials {
  private PasteTrials() {}

  static List<KernelEntry> all() {
    return List.of(pasteRows(), pasteAll());
  }

  private static KernelEntry pasteRows() {
    return new KernelEntry(
            "paste-rows",
            "out = factor·x in a part of it, 0 elsewhere",
            List.of(
                pasteRows(F32, BF16, 9, 64, 16, 256, 0),
                pasteRows(F32, BF16, 33, 24, 8, 40, 8),
                pasteRows(F32, F32, 16, 4, 0, 64, 60),
                pasteRows(BF16, BF16, 5, 31, 9, 33, 1),
                pasteRows(F32, F32, 1, 1, 1, 3, 2)),
            pasteRows(BF16, BF16, 16384, 2048, 0, 2048, 0))
        .streaming();
  }

  private static KernelEntry pasteAll() {
    Pasted a = new Pasted(F32, BF16, 16, 576, 0, 576, 0, 1);
    Pasted b = new Pasted(F32, BF16, 300, 16, 0, 48, 32, 1.5f);
    return new KernelEntry(
        "paste-all",
        "out = factor·x in a part of it, 0 elsewhere, of some matrices",
        List.of(
            pasteAll("an adapter's factors", a, b),
            pasteAll(
                "parts that no vector divides",
                new Pasted(F32, BF16, 5, 64, 3, 64, 0, 1),
                new Pasted(F32, BF16, 96, 5, 0, 8, 0, 2),
                new Pasted(F32, F32, 1, 1, 0, 1, 0, 3),
                new Pasted(BF16, BF16, 129, 31, 9, 33, 1, 0.5f)),
            pasteAll(
                "some without rows",
                new Pasted(F32, BF16, 0, 8, 0, 16, 0, 1),
                a,
                new Pasted(F32, BF16, 0, 8, 0, 16, 8, 1))),
        pasteAll(
            "420 factors",
            IntStream.range(0, 420).mapToObj(i -> i % 2 == 0 ? a : b).toArray(Pasted[]::new)));
  }

  private static KernelTrial pasteAll(String label, Pasted... all) {
    return new KernelTrial(
        label,
        memory -> {
          List<Pasted.InMemory> made = Stream.of(all).map(one -> one.in(memory)).toList();
          List<PasteRows.Paste> pastes = made.stream().map(Pasted.InMemory::paste).toList();
          Trial trial = new Trial(PasteAll.launches(pastes, memory::table));
          made.forEach(one -> one.expectIn(trial));
          return trial.work(
              Stream.of(all).mapToLong(Pasted::bytes).sum(),
              Stream.of(all).mapToDouble(Pasted::flops).sum());
        });
  }

  private static KernelTrial pasteRows(
      ElementType typeX, ElementType typeOut, int rows, int part, int moreRows, int width, int at) {
    Pasted pasted = new Pasted(typeX, typeOut, rows, part, moreRows, width, at, 1.5f);
    return new KernelTrial(
        "%s to %s, %d rows of %d at column %d of %d rows of %d"
            .formatted(typeX, typeOut, rows, part, at, rows + moreRows, width),
        memory -> {
          Pasted.InMemory one = pasted.in(memory);
          Trial trial = new Trial(PasteRows.launches(one.paste()));
          one.expectIn(trial);
          return trial.work(pasted.bytes(), pasted.flops());
        });
  }

  /** A part of so many rows of {@code part} elements, with more rows and columns around it. */
  private record Pasted(
      ElementType typeX,
      ElementType typeOut,
      int rows,
      int part,
      int moreRows,
      int width,
      int at,
      float factor) {

    InMemory in(TrialMemory memory) {
      TrialArray x = memory.normal(typeX, (long) rows * part);
      TrialArray out = memory.of(typeOut, (long) (rows + moreRows) * 2 * width, i -> 7);
      return new InMemory(this, x, out);
    }

    long bytes() {
      return (long) rows * part * typeX.bytes()
          + (long) (rows + moreRows) * width * typeOut.bytes();
    }

    double flops() {
      return (double) rows * part;
    }

    double expected(TrialArray x, int n) {
      int row = n / (2 * width);
      int column = n % (2 * width) - at;
      boolean inside = row < rows && column >= 0 && column < part;
      double around = n % (2 * width) < width ? 0 : 7;
      return inside ? factor * (float) x.get((long) row * part + column) : around;
    }

    /** On a device; rows of the output are twice as far apart as they are wide. */
    private record InMemory(Pasted pasted, TrialArray x, TrialArray out) {
      PasteRows.Paste paste() {
        return new PasteRows.Paste(
            new PasteRows.Rows(x.array(), pasted.rows, pasted.part, pasted.part),
            pasted.factor,
            pasted.at,
            new PasteRows.Rows(
                out.array(), pasted.rows + pasted.moreRows, pasted.width, 2 * pasted.width));
      }

      void expectIn(Trial trial) {
        trial.expect("out", out, n -> pasted.expected(x, n), Tolerance.exact("one rounding"));
      }
    }
  }
}
