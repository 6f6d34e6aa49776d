package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Launch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;

/** One run of a kernel, ready to be launched, and what must come of it. */
public final class Trial {
  private final List<Launch> launches;
  private final List<Expected> expected = new ArrayList<>();
  private final List<ExpectedIntegers> expectedIntegers = new ArrayList<>();
  private final List<ExpectedBytes> expectedBytes = new ArrayList<>();
  private long leastBytes;
  private long rereadBytes;
  private double flops;

  /**
   * Numbers that must come out.
   *
   * @param name of the array
   * @param array where
   * @param value element by element, in double precision; asked only if results are compared
   * @param tolerance how close
   */
  record Expected(String name, TrialArray array, IntToDoubleFunction value, Tolerance tolerance) {}

  /** Whole numbers that must come out. */
  record ExpectedIntegers(String name, DeviceSlice slice, Supplier<int[]> values) {}

  /** Bytes that must come out. */
  record ExpectedBytes(String name, DeviceSlice slice, Supplier<byte[]> values) {}

  /** A run of these launches, in order. */
  public Trial(List<Launch> launches) {
    this.launches = List.copyOf(launches);
  }

  /** Says what an array must hold afterwards. */
  public Trial expect(
      String name, TrialArray array, IntToDoubleFunction value, Tolerance tolerance) {
    expected.add(new Expected(name, array, value, tolerance));
    return this;
  }

  /** Says what whole numbers must be there afterwards. */
  public Trial expect(String name, DeviceSlice slice, Supplier<int[]> values) {
    expectedIntegers.add(new ExpectedIntegers(name, slice, values));
    return this;
  }

  /** Says what bytes must be there afterwards. */
  public Trial expectBytes(String name, DeviceSlice slice, Supplier<byte[]> values) {
    expectedBytes.add(new ExpectedBytes(name, slice, values));
    return this;
  }

  /** Says how much it must do at least. */
  public Trial work(long bytes, double operations) {
    leastBytes = bytes;
    flops = operations;
    return this;
  }

  /** Says what is read again, from cache: what all rows share, or a second pass. */
  public Trial rereads(long bytes) {
    rereadBytes = bytes;
    return this;
  }

  /** What to launch. */
  public List<Launch> launches() {
    return launches;
  }

  /** Bytes that must be read or written in device memory. */
  public long leastBytes() {
    return leastBytes;
  }

  /** Bytes that are read again while they are in a cache. */
  public long rereadBytes() {
    return rereadBytes;
  }

  /** Floating-point operations of the formula; a multiply-add counts as two. */
  public double flops() {
    return flops;
  }

  List<Expected> expected() {
    return expected;
  }

  List<ExpectedIntegers> expectedIntegers() {
    return expectedIntegers;
  }

  List<ExpectedBytes> expectedBytes() {
    return expectedBytes;
  }

  /** The arrays that results are compared in. */
  public List<DeviceSlice> results() {
    List<DeviceSlice> results = new ArrayList<>();
    expected.forEach(e -> results.add(e.array.array().slice()));
    expectedIntegers.forEach(e -> results.add(e.slice));
    expectedBytes.forEach(e -> results.add(e.slice));
    return results;
  }
}
