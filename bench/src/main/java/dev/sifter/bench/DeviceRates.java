package dev.sifter.bench;

import dev.sifter.kernels.inspect.DeviceTimer;
import dev.sifter.kernels.inspect.TrialShape;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A kernel's time by the device's clock, and what it makes of the device: secondary results. */
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class DeviceRates {
  /** Microseconds of a run, the median of the samples. */
  public double deviceMicros;

  /** GB/s of the bytes that must be moved. */
  public double gigabytesPerSecond;

  /** Of what the device's own copy reaches, in per cent. */
  public double percentOfCopy;

  /** TFLOP/s of the formula. */
  public double teraflopsPerSecond;

  void set(DeviceTimer.Timing timing, TrialShape shape, double copyBytesPerSecond) {
    double bytesPerSecond = shape.leastBytes() / timing.medianSeconds();
    deviceMicros = timing.medianSeconds() * 1e6;
    gigabytesPerSecond = bytesPerSecond * 1e-9;
    percentOfCopy = 100 * bytesPerSecond / copyBytesPerSecond;
    teraflopsPerSecond = shape.flops() / timing.medianSeconds() * 1e-12;
  }
}
