package dev.sifter.kernels.gpu.emulator;

import java.util.StringJoiner;

/** Sets of lanes, one bit each, for people. */
final class Lanes {
  private Lanes() {}

  /** As ranges: {@code 0-3,7}. */
  static String text(int mask) {
    StringJoiner ranges = new StringJoiner(",");
    for (int lane = 0; lane < Integer.SIZE; lane++) {
      if ((mask >>> lane & 1) != 0) {
        int first = lane;
        while (lane + 1 < Integer.SIZE && (mask >>> lane + 1 & 1) != 0) {
          lane++;
        }
        ranges.add(first == lane ? "" + first : first + "-" + lane);
      }
    }
    return ranges.length() == 0 ? "none" : ranges.toString();
  }
}
