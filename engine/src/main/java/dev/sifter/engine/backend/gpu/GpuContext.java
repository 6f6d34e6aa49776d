package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.blas.Blas;
import dev.sifter.kernels.gpu.blas.Product;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.ptx.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What all kernels of one backend share: one stream, scratch memory, and places for what the host
 * brings in each step. Since there is one stream, a launch may use scratch memory that an earlier
 * one still reads, and a copy may go where an earlier launch still reads: its turn comes after.
 */
final class GpuContext implements AutoCloseable {
  private static final long PLACES_SLAB_BYTES = 1 << 20;

  private final WorkQueue queue;
  private final TensorArena workspace;
  private final TensorArena places;

  GpuContext(WorkQueue queue, GpuMemory memory, MemoryLedger ledger) {
    this.queue = queue;
    workspace = new TensorArena("workspace", memory, ledger, TensorArena.STEP_SLAB_BYTES);
    // They outlive the step that needed them first, so the ledger of its arenas does not count
    // them.
    places = new TensorArena("places", memory, new MemoryLedger(), PLACES_SLAB_BYTES);
  }

  /** What runs the launches. */
  GpuProperties device() {
    return queue.device();
  }

  /** Memory that stays, for numbers that the host brings in each step: launches can name it. */
  Tensor place(DType dtype, Shape shape) {
    return places.allocate(dtype, shape);
  }

  /** Puts launches into the stream. */
  void run(List<Launch> launches) {
    for (Launch launch : launches) {
      queue.add(new Work.Launched(launch));
    }
  }

  /** Puts a product into the stream. */
  void multiply(Blas blas, Product product) {
    queue.add(new Work.Multiplied(blas, product));
  }

  /** Lends memory for the launches that {@code use} puts into the stream. */
  void withTemporary(DType dtype, Shape shape, Consumer<Tensor> use) {
    Tensor temporary = workspace.allocate(dtype, shape);
    try {
      use.accept(temporary);
    } finally {
      workspace.release(temporary);
    }
  }

  /**
   * Puts launches into the stream that share fp32 scratch memory of their own.
   *
   * @param elements how much; with 0 the launches get null
   */
  void run(long elements, Function<Array, List<Launch>> launches) {
    if (elements == 0) {
      run(launches.apply(null));
    } else {
      withTemporary(DType.F32, Shape.of(elements), scratch -> run(launches.apply(array(scratch))));
    }
  }

  /**
   * Puts launches into the stream, waits for them, and fetches their fp32 result.
   *
   * @param elements fp32 elements of scratch memory
   * @param result receives the result, all of it
   */
  void runAndFetch(long elements, float[] result, BiFunction<Array, Array, List<Launch>> launches) {
    withTemporary(
        DType.F32,
        Shape.of(result.length),
        target -> {
          run(elements, scratch -> launches.apply(scratch, array(target)));
          target.read(0, MemorySegment.ofArray(result));
        });
  }

  /** Some elements of a vector. */
  static Tensor part(Tensor vector, int from, int count) {
    Tensor column = vector.reshape(vector.elements(), 1);
    return column.rows(from, from + (long) count).reshape(count);
  }

  /** A dense tensor as the kernel library takes it. */
  Array array(Tensor tensor) {
    if (!tensor.isDense()) {
      throw new IllegalArgumentException(
          "tensor %s has a border, which this kernel does not take".formatted(tensor));
    }
    return rows(tensor);
  }

  /** A tensor, maybe with a border, for kernels that are told its row stride. */
  Array rows(Tensor tensor) {
    return new Array(slice(tensor), elementType(tensor.dtype()));
  }

  /** A type as the kernel library names it. */
  static ElementType elementType(DType dtype) {
    return switch (dtype) {
      case F32 -> ElementType.F32;
      case BF16 -> ElementType.BF16;
      case F16 -> ElementType.F16;
      case F64, I32, U8 -> throw new IllegalArgumentException(dtype + " is not fp32, bf16 or fp16");
    };
  }

  /** As {@link #array}; null stays null. */
  Array arrayOrNull(Tensor tensor) {
    return tensor == null ? null : array(tensor);
  }

  /** A tensor's bytes, from its first to its last. */
  DeviceSlice slice(Tensor tensor) {
    return storage(tensor).buffer().slice(tensor.byteOffset(), tensor.spanBytes());
  }

  private static DeviceStorage storage(Tensor tensor) {
    if (tensor.storage() instanceof DeviceStorage storage) {
      return storage;
    }
    throw new IllegalStateException(
        "tensor %s does not lie on the GPU; adopt or upload it".formatted(tensor));
  }

  void upload(MemorySegment source, Tensor target) {
    queue.copyToDevice(source, slice(target));
    if (target.dtype() == DType.I32) {
      int[] numbers = new int[Math.toIntExact(target.elements())];
      MemorySegment.ofArray(numbers).copyFrom(source);
      storage(target).integers().put(target.byteOffset(), numbers);
    }
  }

  /**
   * Whole numbers in device memory, for a launch that uses them as indices.
   *
   * @param count how many there must be
   * @param limit each must be at least 0 and below it
   * @throws IndexOutOfBoundsException naming the first that is not
   */
  DeviceSlice indices(String name, Tensor tensor, long count, int limit) {
    checkedNumbers(name, tensor, count, limit);
    return slice(tensor);
  }

  /** As {@link #indices}: the numbers themselves. */
  UploadedIntegers.View checkedNumbers(String name, Tensor tensor, long count, int limit) {
    Checks.i32(name, tensor, count);
    UploadedIntegers.View numbers = numbers(tensor);
    int outside = numbers.firstOutside(limit);
    if (outside >= 0) {
      throw new IndexOutOfBoundsException(
          "%s: number %d at position %d is not in [0, %d)"
              .formatted(name, numbers.get(outside), outside, limit));
    }
    return numbers;
  }

  /** What was uploaded; where a kernel wrote the numbers, they are fetched. */
  private UploadedIntegers.View numbers(Tensor tensor) {
    int count = Math.toIntExact(tensor.elements());
    UploadedIntegers.View known = storage(tensor).integers().find(tensor.byteOffset(), count);
    if (known != null) {
      return known;
    }
    int[] fetched = new int[count];
    tensor.read(0, MemorySegment.ofArray(fetched));
    return UploadedIntegers.View.of(fetched);
  }

  /** Whole numbers that a launch writes, so that a copy of what was uploaded there is void. */
  DeviceSlice written(Tensor integers) {
    storage(integers).integers().forget(integers.byteOffset(), integers.byteSize());
    return slice(integers);
  }

  @Override
  public void close() {
    try (workspace;
        places) {
      // Closing is all.
    }
  }
}
