package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The frame of kernels over arrays of the same length: a thread takes one vector of each; the last
 * elements, fewer than a vector, are one thread's.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x
 * if (i &lt; vectors)        body(elements i*V … i*V + V-1)
 * else if (i == vectors)  for (e = 0; e &lt; rest; e++) body(element vectors*V + e)
 * </pre>
 */
interface Elementwise extends Kernel {
  /** Threads of a block. */
  int THREADS = 256;

  @Override
  default int threadsPerBlock() {
    return THREADS;
  }

  /**
   * The elements that a thread works on.
   *
   * @param k the assembler
   * @param index which vector
   * @param element where only one element of the vector is meant, which; null otherwise
   * @param vector elements of a vector
   */
  record Place(PtxAssembler k, B32 index, B32 element, int vector) {
    int count() {
      return element == null ? vector : 1;
    }

    ElementPointer of(ElementPointer array) {
      ElementPointer start = k.at(array, index, vector);
      return element == null ? start : k.at(start, element, 1);
    }

    List<F32> load(ElementPointer array) {
      return k.load(of(array), count());
    }

    void store(ElementPointer array, List<F32> values) {
      k.store(of(array), values);
    }

    /** Stores values, added to what is there if asked. */
    void store(ElementPointer array, List<F32> values, boolean accumulate) {
      ElementPointer to = of(array);
      k.store(to, accumulate ? Vectors.zip(k.load(to, count()), values, k::add) : values);
    }
  }

  /** Declares the counts, after all other parameters, and emits {@code body}. */
  static void emit(PtxAssembler k, int vector, Consumer<Place> body) {
    B32 vectors = k.size("vectors");
    B32 rest = k.size("rest");
    B32 index = k.mad(k.blockX(), THREADS, k.threadIndex());
    k.ifThen(k.lt(index, vectors), () -> body.accept(new Place(k, index, null, vector)));
    if (vector > 1) {
      k.ifThen(
          k.eq(index, vectors),
          () -> k.forRange(0, rest, 1, e -> body.accept(new Place(k, vectors, e, vector))));
    }
  }

  /** The launch for {@code elements} elements; the counts follow the given arguments. */
  static List<Launch> launches(Kernel kernel, int vector, long elements, Object... arguments) {
    if (elements == 0) {
      return List.of();
    }
    long vectors = elements / vector;
    if (vectors * vector + THREADS > 1L << 32) {
      throw new IllegalArgumentException(
          "%d elements in vectors of %d; a launch takes at most 2^32".formatted(elements, vector));
    }
    int rest = (int) (elements % vector);
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.add((int) vectors);
    all.add(rest);
    return List.of(new Launch(kernel, Grid.covering(vectors + (rest > 0 ? 1 : 0), THREADS), all));
  }
}
