package dev.sifter.kernels.gpu.blas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sifter.kernels.gpu.DeviceBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CublasProductsTest {
  /** All matrices lie in one array; an address is a byte offset in it. */
  private final float[] memory = new float[4096];

  private final DeviceBuffer buffer = new DeviceBuffer(0, 4L * memory.length, () -> {});

  /** What cuBLAS documents: matrices by columns. */
  private final class ColumnMajor extends CublasProducts {
    final List<Gemm> calls = new ArrayList<>();

    @Override
    protected void gemmEx(Gemm g) {
      calls.add(g);
      for (int i = 0; i < g.m(); i++) {
        for (int j = 0; j < g.n(); j++) {
          double sum = 0;
          for (int l = 0; l < g.k(); l++) {
            sum +=
                (double) at(g.a(), g.lda(), g.transa(), i, l)
                    * at(g.b(), g.ldb(), g.transb(), l, j);
          }
          int place = (int) g.c() / 4 + i + j * g.ldc();
          float before = g.beta() == 0 ? 0 : g.beta() * memory[place];
          memory[place] = (float) (g.alpha() * sum) + before;
        }
      }
    }

    private float at(long address, int ld, int transposed, int row, int column) {
      int r = transposed == 0 ? row : column;
      int c = transposed == 0 ? column : row;
      return memory[(int) address / 4 + r + c * ld];
    }

    @Override
    public String description() {
      return "reference";
    }

    @Override
    public void close() {}
  }

  private Matrix matrix(int at, int rows, int columns, int stride) {
    return new Matrix(
        buffer.slice(4L * at, 4L * ((rows - 1) * stride + columns)),
        MatrixType.F32,
        rows,
        columns,
        stride);
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void multipliesMatricesThatLieByRows(boolean transposeA, boolean transposeB) {
    int m = 3;
    int n = 5;
    int k = 4;
    Random random = new Random(1);
    for (int i = 0; i < memory.length; i++) {
      memory[i] = random.nextInt(9) - 4;
    }
    Matrix a = transposeA ? matrix(0, k, m, 7) : matrix(0, m, k, 7);
    Matrix b = transposeB ? matrix(1000, n, k, 6) : matrix(1000, k, n, 6);
    Matrix c = matrix(2000, m, n, 8);
    float[] before = memory.clone();

    new ColumnMajor()
        .multiply(new Product(a, transposeA, b, transposeB, c, 2, 3, Float32Math.FULL));

    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = 0;
        for (int l = 0; l < k; l++) {
          float x = before[transposeA ? 7 * l + i : 7 * i + l];
          float y = before[1000 + (transposeB ? 6 * j + l : 6 * l + j)];
          sum += x * y;
        }
        assertThat(memory[2000 + 8 * i + j]).isEqualTo(2 * sum + 3 * before[2000 + 8 * i + j]);
        before[2000 + 8 * i + j] = memory[2000 + 8 * i + j];
      }
    }
    assertThat(memory).as("between the rows nothing changes").isEqualTo(before);
  }

  @Test
  void asksForTheArithmeticThatIsMeant() {
    ColumnMajor blas = new ColumnMajor();
    Matrix a = matrix(0, 2, 2, 2);
    Matrix b = matrix(100, 2, 2, 2);
    Matrix c = matrix(200, 2, 2, 2);
    Matrix half = new Matrix(buffer.slice(1200, 8), MatrixType.BF16, 2, 2, 2);
    Matrix otherHalf = new Matrix(buffer.slice(1600, 8), MatrixType.BF16, 2, 2, 2);

    blas.multiply(Product.of(a, false, b, false, c));
    blas.multiply(new Product(a, false, b, false, c, 1, 0, Float32Math.TF32));
    blas.multiply(Product.of(half, false, otherHalf, false, c));

    // CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32; CUDA_R_16BF.
    assertThat(blas.calls.stream().map(CublasProducts.Gemm::computeType))
        .containsExactly(68, 77, 68);
    assertThat(blas.calls.get(2).aType()).isEqualTo(14);
    assertThat(blas.calls.get(2).cType()).isZero();
  }

  @Test
  void refusesMatricesThatDoNotFit() {
    Matrix a = matrix(0, 2, 3, 3);
    Matrix b = matrix(100, 4, 5, 5);
    Matrix c = matrix(200, 2, 5, 5);
    Matrix half = new Matrix(buffer.slice(1200, 30), MatrixType.BF16, 3, 5, 5);
    Matrix halfResult = new Matrix(buffer.slice(1600, 20), MatrixType.BF16, 2, 5, 5);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Product.of(a, false, b, false, c))
        .withMessage("2×5 = 2×3 · 4×5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Product.of(a, false, half, false, c))
        .withMessage("F32 = F32 · BF16");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Product.of(a, false, matrix(100, 3, 5, 5), false, halfResult))
        .withMessage("BF16 = F32 · F32");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Product.of(a, false, matrix(100, 3, 5, 5), false, matrix(105, 2, 5, 5)))
        .withMessageContaining("overlaps a factor");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Matrix(buffer.slice(0, 20), MatrixType.F32, 2, 3, 3))
        .withMessage("a matrix of 2×3 needs 24 bytes; the slice has 20");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> matrix(0, 2, 3, 2))
        .withMessage("a matrix of 2×3 with rows 2 elements apart");
  }
}
