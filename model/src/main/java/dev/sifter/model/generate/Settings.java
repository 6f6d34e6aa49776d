package dev.sifter.model.generate;

/**
 * Checks single settings. It stands apart from {@link GenerationConfig}, whose defaults are made of
 * records that are checked too: neither may need the other to be there first.
 */
final class Settings {
  private Settings() {}

  /** Refuses a value that is out of range. */
  static void check(boolean holds, String name, Object value, String demand) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; it must be %s".formatted(name, value, demand));
    }
  }
}
