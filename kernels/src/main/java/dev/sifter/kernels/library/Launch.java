package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import java.util.List;

/**
 * One launch of a kernel.
 *
 * @param kernel which
 * @param grid how many blocks
 * @param arguments as {@link dev.sifter.kernels.gpu.GpuStream#launch} takes them
 */
public record Launch(Kernel kernel, Grid grid, List<Object> arguments) {

  static Launch of(Kernel kernel, Grid grid, Object... arguments) {
    return new Launch(kernel, grid, List.of(arguments));
  }
}
