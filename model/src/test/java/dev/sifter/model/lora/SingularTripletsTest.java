package dev.sifter.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.junit.jupiter.api.Test;

/** The largest singular values against a decomposition of the whole. */
class SingularTripletsTest {

  /** Zero rows and columns are what pruning leaves of a change of low rank. */
  @Test
  void findsTheLargestOfMatricesThatLackDirections() {
    long seed = 20261129;
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      DMatrixRMaj m = new DMatrixRMaj(12 + random.nextInt(30), 12 + random.nextInt(30));
      int zeroRow = random.nextInt(m.numRows);
      int zeroColumn = random.nextInt(m.numCols);
      for (int row = 0; row < m.numRows; row++) {
        for (int column = 0; column < m.numCols; column++) {
          boolean kept = row != zeroRow && column != zeroColumn && random.nextBoolean();
          m.set(row, column, kept ? random.nextGaussian() : 0);
        }
      }
      int k = 1 + random.nextInt(6);
      double[] expected = SingularTriplets.of(m).values();
      SingularTriplets top = SingularTriplets.largest(m, k);
      for (int i = 0; i < k; i++) {
        assertThat(top.values()[i])
            .as("seed %d round %d value %d", seed, round, i)
            .isCloseTo(expected[i], within(1e-7 * expected[0]));
      }
    }
  }
}
