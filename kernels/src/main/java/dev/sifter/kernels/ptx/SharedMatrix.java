package dev.sifter.kernels.ptx;

/**
 * An operand of {@code wgmma} in shared memory.
 *
 * @param low the lower half of its matrix descriptor: where it begins, and how far panels are apart
 * @param high the upper half: how far eight rows are apart, and how chunks are swizzled
 * @param termStep bytes from one sixteen of terms to the next within a panel
 * @param panelTerms terms after which the next panel begins; 0 if the terms are rows
 * @param panelBytes bytes of a panel
 */
public record SharedMatrix(B32 low, B32 high, int termStep, int panelTerms, int panelBytes) {
  /** Whether the terms are rows of the tile: what PTX calls transposed. */
  boolean termsAreRows() {
    return panelTerms == 0;
  }

  /** Bytes from the first term to some other, a multiple of 16. */
  int offset(int term) {
    int panel = termsAreRows() ? 0 : term / panelTerms;
    return panel * panelBytes + (term - panel * panelTerms) / Tiles.FRAGMENT_TERMS * termStep;
  }
}
