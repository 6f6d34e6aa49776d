package dev.sifter.train.cli.kernels;

import java.util.ArrayList;
import java.util.List;

/**
 * Values of a register in the lanes that matter, in short: {@code 7}, where all have the same;
 * {@code 0, 4 … 124}, where they lie evenly; else the first few.
 *
 * @param lanes the numbers of the lanes
 * @param bits their values
 * @param ofAll whether the lanes are all that ran the instruction, not one that was asked for
 */
record LaneValues(List<Integer> lanes, List<Long> bits, boolean ofAll) {
  private static final int SHOWN = 4;

  /** Below this, whole numbers are written in decimals. */
  private static final long SMALL = 1L << 24;

  /**
   * Of the lanes in a mask, or of one.
   *
   * @param lane which one; null for those in {@code mask}
   */
  static LaneValues of(long[] values, int mask, Integer lane) {
    List<Integer> lanes = new ArrayList<>();
    List<Long> bits = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      if (lane == null ? (mask >>> i & 1) != 0 : i == lane) {
        lanes.add(i);
        bits.add(values[i]);
      }
    }
    return new LaneValues(lanes, bits, lane == null);
  }

  /** As numbers of a type of PTX, or as addresses or offsets. */
  String text(String type) {
    if (lanes.isEmpty()) {
      return "in no lane";
    }
    if (bits.stream().distinct().count() == 1) {
      return one(type, bits.getFirst());
    }
    if (!type.equals("f32") && isEven()) {
      return "%s, %s … %s"
          .formatted(one(type, bits.get(0)), one(type, bits.get(1)), one(type, bits.getLast()));
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(SHOWN, bits.size()); i++) {
      text.append(i == 0 ? "" : ", ").append(one(type, bits.get(i)));
    }
    return bits.size() > SHOWN ? text.append(", …").toString() : text.toString();
  }

  private boolean isEven() {
    long step = bits.get(1) - bits.get(0);
    for (int i = 1; i < bits.size(); i++) {
      if (bits.get(i) - bits.get(i - 1) != step
          || lanes.get(i) - lanes.get(i - 1) != lanes.get(1) - lanes.get(0)) {
        return false;
      }
    }
    return bits.size() > 2;
  }

  private static String one(String type, long bits) {
    return switch (type) {
      case "f32" -> Float.toString(Float.intBitsToFloat((int) bits));
      case "pred" -> bits == 1 ? "true" : "false";
      case "address" -> "0x%x".formatted(bits);
      case "b64", "u64", "s64" ->
          bits < SMALL && bits > -SMALL ? "" + bits : "0x%x".formatted(bits);
      default -> small((int) bits) ? "" + (int) bits : "0x%08x".formatted((int) bits);
    };
  }

  private static boolean small(int value) {
    return value < SMALL && value > -SMALL;
  }
}
