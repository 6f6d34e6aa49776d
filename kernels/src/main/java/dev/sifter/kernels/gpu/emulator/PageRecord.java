package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/** What the blocks of a launch that have ended did to one page, by sectors. */
final class PageRecord {
  final int[] read = new int[Page.SECTORS];
  final int[] written = new int[Page.SECTORS];
  final int[] atomic = new int[Page.SECTORS];

  /** The block that did it last; where it did it, see {@link SectorUsers#at}. */
  final int[] reader = new int[Page.SECTORS];

  final int[] writer = new int[Page.SECTORS];
  final int[] readAt = new int[Page.SECTORS];
  final int[] writtenAt = new int[Page.SECTORS];

  private Page page;

  /** Takes up a page. */
  void begin(Page itsPage) {
    page = itsPage;
    page.record = this;
    Arrays.fill(read, 0);
    Arrays.fill(written, 0);
    Arrays.fill(atomic, 0);
  }

  /** Lets go of the page. */
  void end() {
    page.record = null;
    page = null;
  }
}
