package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementType;

/** Checks of element types. */
final class Types {
  private Types() {}

  /** Refuses arrays of two types. */
  static void requireSame(String nameA, Array a, String nameB, Array b) {
    if (a.type() != b.type()) {
      throw new IllegalArgumentException(
          "%s is in %s, %s in %s; they must be of one type"
              .formatted(nameA, a.type(), nameB, b.type()));
    }
  }

  /** Refuses an array that is not of a certain type. */
  static void require(String name, Array array, ElementType type) {
    if (array.type() != type) {
      throw new IllegalArgumentException(
          "%s is in %s; it must be in %s".formatted(name, array.type(), type));
    }
  }
}
