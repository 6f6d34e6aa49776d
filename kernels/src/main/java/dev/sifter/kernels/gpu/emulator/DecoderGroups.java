package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/** Groups of instructions whose decoders are tried one after the other. */
record DecoderGroups(List<Group> groups) {
  /** The decoder of a group. */
  @FunctionalInterface
  interface Group {
    /** The instruction, or null if it is none of the group. */
    Instruction decode(Operation op);
  }

  static DecoderGroups of(Group... groups) {
    return new DecoderGroups(List.of(groups));
  }

  /** The instruction, or null if it is of no group. */
  Instruction decode(Operation op) {
    for (Group group : groups) {
      Instruction found = group.decode(op);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
