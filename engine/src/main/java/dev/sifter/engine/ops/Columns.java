package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/**
 * Some columns of a matrix, in groups of neighbours: the queries of a fused projection of queries,
 * keys and values, the gate of a fused gate and up projection.
 *
 * <p>A matrix [T, n·w] is also n·T rows of w elements, so that the columns are a choice of rows,
 * and their gradients go back as a lookup's do.
 */
public final class Columns {
  private Columns() {}

  /**
   * y[t] = the groups of x[t] with these numbers, one after the other.
   *
   * @param x [T, n · groupWidth]
   * @param groups numbers in [0, n), rising
   * @return [T, groups.length · groupWidth]
   * @throws IllegalArgumentException if rows are not whole groups, or have none of a number
   */
  public static Variable apply(Tape tape, Variable x, int groupWidth, int... groups) {
    checkGroups(x.value(), groupWidth, groups);
    int tokens = x.value().rows();
    int groupsPerRow = x.value().width() / groupWidth;
    int[] numbers = new int[tokens * groups.length];
    for (int t = 0; t < tokens; t++) {
      for (int g = 0; g < groups.length; g++) {
        numbers[t * groups.length + g] = t * groupsPerRow + groups[g];
      }
    }
    Tensor rows = tape.upload(numbers);
    Tensor y = tape.allocate(x.value().dtype(), Shape.of(tokens, groups.length * groupWidth));
    tape.backend().rows().gather(split(x.value(), groupWidth), rows, 1, split(y, groupWidth));
    // dx[t, groups] += dy[t]
    return tape.record(
        y,
        List.of(x),
        List.of(),
        List.of(rows),
        gradients -> {
          Tensor dx = split(gradients.addingInto(x), groupWidth);
          Tensor dy = split(gradients.output(), groupWidth);
          gradients.backend().rows().scatterAdd(dy, rows, 1, dx);
        });
  }

  private static void checkGroups(Tensor x, int groupWidth, int... groups) {
    if (groupWidth <= 0 || x.width() % groupWidth != 0) {
      throw new IllegalArgumentException(
          "columns: rows of %s are not whole groups of %d".formatted(x, groupWidth));
    }
    int groupsPerRow = x.width() / groupWidth;
    for (int group : groups) {
      if (group < 0 || group >= groupsPerRow) {
        throw new IllegalArgumentException(
            "columns: rows of %s have %d groups of %d, no group %d"
                .formatted(x, groupsPerRow, groupWidth, group));
      }
    }
  }

  private static Tensor split(Tensor matrix, int groupWidth) {
    return matrix.reshape(matrix.elements() / groupWidth, groupWidth);
  }
}
