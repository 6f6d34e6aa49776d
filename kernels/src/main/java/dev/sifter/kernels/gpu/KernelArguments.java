package dev.sifter.kernels.gpu;

import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The arguments of one launch, checked against the kernel's parameters and packed as the parameter
 * space holds them: in order, each at a multiple of its size, little-endian.
 */
public final class KernelArguments {
  private final List<Object> values;
  private final byte[] packed;
  private final int[] offsets;

  private KernelArguments(List<Object> values, byte[] packed, int[] offsets) {
    this.values = values;
    this.packed = packed;
    this.offsets = offsets;
  }

  /**
   * Checks and packs.
   *
   * @throws IllegalArgumentException naming the kernel, the parameter, its type and the argument
   * @throws IllegalStateException if an argument's buffer was freed
   */
  public static KernelArguments of(PtxKernel kernel, Object... arguments) {
    List<KernelParameter> parameters = kernel.parameters();
    if (arguments.length != parameters.size()) {
      throw new IllegalArgumentException(
          "kernel %s has %d parameters %s; got %d arguments"
              .formatted(
                  kernel.name(),
                  parameters.size(),
                  parameters.stream().map(KernelParameter::name).toList(),
                  arguments.length));
    }
    Object[] values = new Object[arguments.length];
    int[] offsets = new int[arguments.length];
    ByteBuffer block =
        ByteBuffer.allocate(Long.BYTES * arguments.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < arguments.length; i++) {
      KernelParameter parameter = parameters.get(i);
      values[i] = arguments[i] instanceof DeviceBuffer buffer ? buffer.all() : arguments[i];
      align(block, parameter.type().bytes());
      offsets[i] = block.position();
      if (!put(block, parameter.type(), values[i])) {
        throw new IllegalArgumentException(
            "kernel %s, parameter %d '%s' is a %s; got %s"
                .formatted(
                    kernel.name(), i, parameter.name(), parameter.type(), describe(values[i])));
      }
    }
    byte[] packed = new byte[block.position()];
    block.get(0, packed);
    return new KernelArguments(List.of(values), packed, offsets);
  }

  /**
   * The arguments in order: {@code Integer}, {@code Long}, {@code Float} or {@link DeviceSlice}.
   */
  public List<Object> values() {
    return values;
  }

  /** The parameter space's bytes. */
  public byte[] packed() {
    return packed.clone();
  }

  /** Where each argument begins in the parameter space. */
  public int[] offsets() {
    return offsets.clone();
  }

  private static boolean put(ByteBuffer block, ParameterType type, Object value) {
    switch (value) {
      case Integer number when type == ParameterType.U32 -> block.putInt(number);
      case Long number when type == ParameterType.U64 -> block.putLong(number);
      case Float number when type == ParameterType.F32 -> block.putFloat(number);
      case DeviceSlice slice when type == ParameterType.POINTER ->
          block.putLong(slice.requireOpen().address());
      case null, default -> {
        return false;
      }
    }
    return true;
  }

  private static void align(ByteBuffer block, int bytes) {
    block.position(Math.ceilDiv(block.position(), bytes) * bytes);
  }

  private static String describe(Object value) {
    return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
