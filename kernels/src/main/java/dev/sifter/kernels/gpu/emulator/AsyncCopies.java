package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The copies from global to shared memory that a warp's lanes have begun and not waited for.
 *
 * <p>A lane counts its groups: {@code commit_group} closes one, {@code wait_group n} waits for all
 * but its last {@code n}. Until then nothing arrives, and the place where it will must not be
 * touched. What was at the source when the copy began must still be there in the end.
 */
final class AsyncCopies {
  private final Warp warp;
  private final List<Copy> copies = new ArrayList<>();
  private final int[] closedGroups = new int[Instruction.LANES];

  AsyncCopies(Warp warp) {
    this.warp = warp;
  }

  private record Copy(
      Instruction instruction,
      int lane,
      int group,
      int place,
      int bytes,
      byte[] source,
      int sourceOffset,
      byte[] value) {}

  void reset() {
    copies.clear();
    Arrays.fill(closedGroups, 0);
  }

  /**
   * Begins a copy of a lane.
   *
   * @param place in shared memory
   * @param bytes to write there
   * @param source where the bytes come from; what it lacks is zeros
   */
  void begin(
      Instruction instruction,
      int lane,
      int place,
      int bytes,
      byte[] source,
      int offset,
      int read) {
    byte[] value = Arrays.copyOfRange(source, offset, offset + read);
    copies.add(
        new Copy(instruction, lane, closedGroups[lane], place, bytes, source, offset, value));
  }

  /** Closes the open group of each lane. */
  void commit(int mask) {
    for (int left = mask; left != 0; left &= left - 1) {
      closedGroups[Integer.numberOfTrailingZeros(left)]++;
    }
  }

  /** Waits for the closed groups of each lane, except for the last ones. */
  void waitForGroups(Instruction instruction, int mask, int except) {
    arrive(instruction, mask, except);
  }

  /** Waits for all copies of each lane. */
  void waitForAll(Instruction instruction, int mask) {
    commit(mask);
    arrive(instruction, mask, 0);
  }

  private void arrive(Instruction instruction, int mask, int except) {
    warp.request.begin(instruction);
    copies.removeIf(
        copy -> {
          boolean waited =
              (mask >>> copy.lane & 1) != 0 && copy.group < closedGroups[copy.lane] - except;
          if (waited) {
            arrive(copy);
          }
          return waited;
        });
  }

  private void arrive(Copy copy) {
    SharedMemory shared = warp.block.shared();
    int read = copy.value.length;
    boolean same =
        Arrays.equals(
            copy.value, 0, read, copy.source, copy.sourceOffset, copy.sourceOffset + read);
    if (!same) {
      throw warp.laneFault(
          copy.instruction,
          copy.lane,
          Check.ASYNC_COPY,
          "the source of a copy in the background changed before it was waited for");
    }
    System.arraycopy(copy.value, 0, shared.data, copy.place, read);
    Arrays.fill(shared.data, copy.place + read, copy.place + copy.bytes, (byte) 0);
    if (warp.block.log().checks()) {
      for (int word = copy.place >> 2; word < copy.place + copy.bytes >> 2; word++) {
        shared.arrive(warp.request, copy.lane, word);
      }
    }
  }
}
