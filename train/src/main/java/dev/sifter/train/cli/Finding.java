package dev.sifter.train.cli;

/**
 * What {@code sifter doctor} found out about one part of the machine.
 *
 * @param part the part's name: {@code java}, {@code simd}, {@code gpu driver}
 * @param status whether Sifter can use it
 * @param found what is there, in one line
 * @param remedy what to do about it; empty where nothing need be done
 */
record Finding(String part, Status status, String found, String remedy) {
  /** Whether Sifter can use a part, and whether it needs it. */
  enum Status {
    /** There, and used. */
    OK,
    /** Not there; Sifter works without it. */
    ABSENT,
    /** Sifter fails, or is many times slower, until it is mended. */
    PROBLEM
  }

  static Finding ok(String part, String found) {
    return new Finding(part, Status.OK, found, "");
  }

  static Finding absent(String part, String found, String remedy) {
    return new Finding(part, Status.ABSENT, found, remedy);
  }

  static Finding problem(String part, String found, String remedy) {
    return new Finding(part, Status.PROBLEM, found, remedy);
  }
}
