package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;
import java.util.List;

/** Loads from the parameter space. */
final class ParameterOps {
  private ParameterOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op, List<PtxModule.Parameter> parameters) {
    return switch (op.mnemonic()) {
      case "ld.param.u32", "ld.param.s32", "ld.param.b32", "ld.param.f32" ->
          new Load(op, parameters, 4);
      case "ld.param.u64", "ld.param.s64", "ld.param.b64" -> new Load(op, parameters, 8);
      default -> null;
    };
  }

  private static final class Load extends Instruction {
    private final int place;
    private final int bytes;
    private final int target;

    Load(Operation op, List<PtxModule.Parameter> parameters, int bytes) {
      PtxOperand.Address address = op.address(1);
      PtxModule.Parameter parameter =
          parameters.stream()
              .filter(one -> address.base().equals(new PtxOperand.Name(one.name())))
              .findFirst()
              .orElseThrow(() -> op.refuse("%s is no parameter", address.base()));
      if (parameter.type().bytes() != bytes || address.offset() != 0) {
        throw op.refuse("parameter %s has %d bytes", parameter.name(), parameter.type().bytes());
      }
      this.bytes = bytes;
      place = parameter.byteOffset();
      target = bytes == 8 ? op.longTarget(0) : op.wordTarget(0);
    }

    @Override
    void execute(Warp warp, int mask) {
      byte[] space = warp.block.launch().parameters();
      if (bytes == 8) {
        long value = (long) Bytes.LONG.get(space, place);
        if (mask == FULL) {
          Arrays.fill(warp.longs[target], value);
        } else {
          for (int left = mask; left != 0; left &= left - 1) {
            warp.longs[target][Integer.numberOfTrailingZeros(left)] = value;
          }
        }
      } else {
        int value = (int) Bytes.INT.get(space, place);
        if (mask == FULL) {
          Arrays.fill(warp.words[target], value);
        } else {
          for (int left = mask; left != 0; left &= left - 1) {
            warp.words[target][Integer.numberOfTrailingZeros(left)] = value;
          }
        }
      }
    }
  }
}
