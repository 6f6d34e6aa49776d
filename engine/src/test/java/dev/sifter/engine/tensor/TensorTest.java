package dev.sifter.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class TensorTest {
  private static Tensor virtual(DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    return new Tensor(dtype, shape, new Storage.Virtual(shape.elements() * dtype.bytes()), 0);
  }

  @Test
  void aShapeIsRowsOfItsLastExtent() {
    Shape shape = Shape.of(2, 3, 5);
    assertThat(shape.rows()).isEqualTo(6);
    assertThat(shape.width()).isEqualTo(5);
    assertThat(shape.elements()).isEqualTo(30);
    assertThat(shape.dim(-3)).isEqualTo(2);
    assertThat(shape).hasToString("[2, 3, 5]").isEqualTo(Shape.of(2, 3, 5));
    Shape scalar = Shape.of();
    assertThat(scalar.elements()).isEqualTo(1);
    assertThat(scalar.rows()).isEqualTo(1);
    assertThat(scalar.width()).isEqualTo(1);
    assertThat(Shape.of(0, 7).elements()).isZero();
  }

  @Test
  void aShapeThatCannotBeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(3, -1))
        .withMessage("negative extent in shape [3, -1]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(1L << 40, 1L << 40))
        .withMessageContaining("[1099511627776, 1099511627776]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(2, 3).dim(2))
        .withMessageContaining("[2, 3]");
  }

  @Test
  void aShapeDoesNotChangeWithItsArray() {
    long[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.dims()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void aTensorLiesWithinItsStorage() {
    Storage storage = new Storage.Virtual(64);
    assertThat(new Tensor(DType.F32, Shape.of(4, 4), storage, 0).byteSize()).isEqualTo(64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Tensor(DType.F32, Shape.of(4, 4), storage, 4))
        .withMessage("tensor F32 [4, 4] needs bytes 4 to 68 of a storage of 64");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Tensor(DType.F32, Shape.of(1), storage, -4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Tensor(DType.F32, Shape.of(1), storage, Long.MAX_VALUE - 1));
  }

  @Test
  void rowsAreAViewOfTheSameBytes() {
    try (Arena arena = Arena.ofConfined()) {
      Storage storage = new Storage.Host(arena.allocate(2 * 12));
      Tensor matrix = new Tensor(DType.F32, Shape.of(2, 3), storage, 0);
      matrix.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 4, 7);
      Tensor second = matrix.rows(1, 2);
      assertThat(second.shape()).isEqualTo(Shape.of(1, 3));
      assertThat(second.segment().getAtIndex(ValueLayout.JAVA_FLOAT, 1)).isEqualTo(7);
      assertThat(matrix.rows(2, 2).segment().byteSize()).isZero();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> matrix.rows(1, 3))
          .withMessage("rows 1 to 3 of a tensor with 2 rows");
      assertThatIllegalArgumentException().isThrownBy(() -> matrix.rows(-1, 1));
    }
  }

  /** Rows of 3 and 2 columns of border over the numbers 100, 101, …, from the second on. */
  private static Tensor bordered(long rows) {
    float[] numbers = new float[1 + 4 * 5];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 99 + i;
    }
    Storage storage = new Storage.Host(MemorySegment.ofArray(numbers));
    return Tensor.bordered(DType.F32, Shape.of(rows, 3), 2, storage, Float.BYTES);
  }

  private static float[] read(Tensor tensor, int from, int count) {
    float[] elements = new float[count];
    tensor.read(from * (long) Float.BYTES, MemorySegment.ofArray(elements));
    return elements;
  }

  @Test
  void rowsWithABorderAreReadWithoutIt() {
    Tensor tensor = bordered(4);
    assertThat(tensor.isDense()).isFalse();
    assertThat(tensor.rowStride()).isEqualTo(5);
    assertThat(tensor.border()).isEqualTo(2);
    assertThat(tensor.byteSize()).isEqualTo(4 * 12);
    assertThat(tensor.spanBytes()).as("the last border is no element's").isEqualTo(4 * (15 + 3));
    assertThat(read(tensor, 0, 12))
        .containsExactly(100, 101, 102, 105, 106, 107, 110, 111, 112, 115, 116, 117);
    assertThat(read(tensor, 2, 5)).containsExactly(102, 105, 106, 107, 110);
    assertThat(read(tensor.rows(1, 3), 0, 6)).containsExactly(105, 106, 107, 110, 111, 112);
    assertThat(read(tensor.reshape(2, 2, 3).rows(3, 4), 1, 2)).containsExactly(116, 117);
    assertThat(bordered(0).spanBytes()).isZero();
    assertThatIllegalStateException().isThrownBy(tensor::segment);
    assertThatIllegalArgumentException().isThrownBy(() -> bordered(5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tensor.reshape(3, 4))
        .withMessageContaining("in rows of 5 as [3, 4]");
  }

  @Test
  void columnsReachIntoTheBorder() {
    Tensor border = bordered(4).columns(3, 5);
    assertThat(border.border()).isZero();
    assertThat(border.spanBytes()).isEqualTo(4 * (15 + 2));
    assertThat(read(border, 0, 8)).containsExactly(103, 104, 108, 109, 113, 114, 118, 119);
    Tensor inner = bordered(4).columns(1, 3).rows(2, 4);
    assertThat(inner.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(inner.border()).isEqualTo(2);
    assertThat(inner.byteOffset()).isEqualTo(4 * (1 + 2 * 5 + 1));
    assertThat(read(inner.columns(1, 4), 0, 3)).containsExactly(112, 113, 114);
    for (long[] none : new long[][] {{-1, 1}, {2, 1}, {3, 6}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bordered(4).columns(none[0], none[1]))
          .withMessageContaining("columns %d to %d", none[0], none[1]);
    }
  }

  @Test
  void whatIsReadLiesWithinTheTensor() {
    Tensor second = bordered(4).columns(0, 3).rows(1, 2).reshape(3);
    assertThat(read(second, 1, 2)).containsExactly(106, 107);
    Tensor dense = new Tensor(DType.F32, Shape.of(2, 3), second.storage(), Float.BYTES);
    assertThat(read(dense, 2, 4)).containsExactly(102, 103, 104, 105);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(second, 2, 2))
        .withMessageContaining("bytes 8 to 16 of tensor");
    assertThatIllegalArgumentException().isThrownBy(() -> read(second, -1, 1));
  }

  @Test
  void aViewHasAsManyElements() {
    assertThat(virtual(DType.F32, 2, 6).reshape(3, 4)).hasToString("F32 [3, 4]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> virtual(DType.F32, 2, 6).reshape(5))
        .withMessage("cannot view [2, 6] as [5]");
  }

  @Test
  void aTensorWithoutHostMemorySaysSo() {
    assertThatIllegalStateException()
        .isThrownBy(() -> virtual(DType.BF16, 8).segment())
        .withMessageContaining("BF16 [8] has no host memory");
  }

  @Test
  void moreRowsThanAnIntAreRefusedByName() {
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> virtual(DType.F32, 1L << 33, 2).rows());
  }
}
