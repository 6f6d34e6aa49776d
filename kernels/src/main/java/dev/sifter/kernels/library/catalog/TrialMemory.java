package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.ptx.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/** Makes the arrays of a trial on a device, and frees them. The same seed gives the same values. */
public final class TrialMemory implements AutoCloseable {
  /** Random numbers that are made; longer arrays repeat them. */
  private static final int RANDOM_NUMBERS = 1 << 20;

  /** Numbers that are made where only time counts; longer arrays repeat them. */
  private static final int NUMBERS_TO_TIME = 1 << 16;

  private final Gpu gpu;
  private final Purpose purpose;
  private final SplittableRandom random;
  private final List<DeviceBuffer> buffers = new ArrayList<>();
  private int offsetBytes;

  /** What a trial is made for. */
  public enum Purpose {
    /** To be run and compared. */
    COMPARE,
    /** To be run and timed: inputs that another computation would give are random instead. */
    TIME,
    /** To be looked at: nothing is put into arrays. */
    SHAPES
  }

  /** On a device, with random values from a seed. */
  public TrialMemory(Gpu gpu, Purpose purpose, long seed) {
    this.gpu = gpu;
    this.purpose = purpose;
    this.random = new SplittableRandom(seed);
  }

  /** Lets arrays made from now on begin so many bytes after a multiple of 256. */
  public TrialMemory offset(int bytes) {
    offsetBytes = bytes;
    return this;
  }

  /** Normal numbers of mean 0 and standard deviation 1. */
  public TrialArray normal(ElementType type, long count) {
    return normal(type, count, 1);
  }

  /** Normal numbers of mean 0. */
  public TrialArray normal(ElementType type, long count, double deviation) {
    return random(type, count, () -> deviation * random.nextGaussian());
  }

  /** Uniform numbers from 0 to 1. */
  public TrialArray uniform(ElementType type, long count) {
    return random(type, count, random::nextDouble);
  }

  private TrialArray random(ElementType type, long count, DoubleSupplier next) {
    if (purpose == Purpose.SHAPES) {
      return output(type, count);
    }
    int most = purpose == Purpose.TIME ? NUMBERS_TO_TIME : RANDOM_NUMBERS;
    double[] numbers = DoubleStream.generate(next).limit(Math.min(count, most)).toArray();
    return of(type, count, i -> numbers[i % most]);
  }

  /** Numbers that another computation gives, by their index. */
  public TrialArray derived(ElementType type, long count, IntToDoubleFunction value) {
    return purpose == Purpose.COMPARE ? of(type, count, value) : uniform(type, count);
  }

  /** Bytes that another computation gives. */
  public DeviceSlice derivedBytes(int count, Supplier<byte[]> value) {
    if (purpose == Purpose.COMPARE) {
      return bytes(value.get());
    }
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes(bytes);
  }

  /** Numbers given by their index. */
  public TrialArray of(ElementType type, long count, IntToDoubleFunction value) {
    if (purpose == Purpose.SHAPES) {
      return output(type, count);
    }
    long made = purpose == Purpose.TIME ? Math.min(count, NUMBERS_TO_TIME) : count;
    float[] values = new float[Math.toIntExact(made)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Elements.rounded(type, (float) value.applyAsDouble(i));
    }
    DeviceSlice slice = allocate(count * type.bytes());
    if (count > 0) {
      long bytes = made * type.bytes();
      gpu.stream()
          .copyToDevice(
              MemorySegment.ofArray(Elements.encode(type, values)), slice.slice(0, bytes));
      repeat(slice, bytes);
    }
    return new TrialArray(new Array(slice, type), values);
  }

  /** Fills a slice with its first bytes, twice as many each time. */
  private void repeat(DeviceSlice slice, long bytes) {
    for (long filled = bytes; filled < slice.byteSize(); filled *= 2) {
      long more = Math.min(filled, slice.byteSize() - filled);
      gpu.stream().copy(slice.slice(0, more), slice.slice(filled, more));
    }
  }

  /** Room for results; nothing is in it yet. */
  public TrialArray output(ElementType type, long count) {
    return new TrialArray(new Array(allocate(count * type.bytes()), type), null);
  }

  /** Whole numbers. */
  public DeviceSlice integers(int... values) {
    DeviceSlice slice = allocate((long) values.length * Integer.BYTES);
    if (values.length > 0 && purpose != Purpose.SHAPES) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(values), slice);
    }
    return slice;
  }

  /** Bytes. */
  public DeviceSlice bytes(byte... values) {
    DeviceSlice slice = allocate(values.length);
    if (purpose != Purpose.SHAPES) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(values), slice);
    }
    return slice;
  }

  /** A table of launches over many tensors, whatever the offset of arrays. */
  public DeviceSlice table(byte... values) {
    DeviceBuffer buffer = gpu.allocate(values.length);
    buffers.add(buffer);
    if (purpose != Purpose.SHAPES) {
      gpu.stream().copyToDevice(MemorySegment.ofArray(values), buffer.all());
    }
    return buffer.all();
  }

  /** Random whole numbers below a bound. */
  public int[] randomIntegers(int count, int bound) {
    return random.ints(count, 0, bound).toArray();
  }

  /** Room for so many bytes. */
  public DeviceSlice allocate(long bytes) {
    DeviceBuffer buffer = gpu.allocate(bytes + offsetBytes + 1);
    buffers.add(buffer);
    return buffer.slice(offsetBytes, bytes);
  }

  /** What lies on the device now. */
  public byte[] read(DeviceSlice slice) {
    byte[] bytes = new byte[Math.toIntExact(slice.byteSize())];
    gpu.stream().copyToHost(slice, MemorySegment.ofArray(bytes));
    gpu.stream().synchronize();
    return bytes;
  }

  /** What lies on the device now, as whole numbers. */
  public int[] readIntegers(DeviceSlice slice) {
    return MemorySegment.ofArray(read(slice)).toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }

  @Override
  public void close() {
    buffers.forEach(DeviceBuffer::close);
  }
}
