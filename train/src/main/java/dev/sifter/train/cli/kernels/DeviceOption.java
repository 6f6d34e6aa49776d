package dev.sifter.train.cli.kernels;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** Where kernels run. */
final class DeviceOption {
  private static final String EMULATOR = "emulator";

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = EMULATOR,
      description = "emulator, the default; gpu; gpu:1 for the second one.")
  private String device;

  boolean isEmulator() {
    return device.equals(EMULATOR);
  }

  /**
   * Opens the GPU, and says which it is.
   *
   * @throws dev.sifter.kernels.gpu.GpuUnavailableException saying what is missing
   */
  Gpu openGpu(PrintWriter err) {
    GpuDevices.Choice<Gpu> choice = GpuDevices.open(device);
    err.println("device " + choice.why());
    return choice.what();
  }
}
