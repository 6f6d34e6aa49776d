package dev.sifter.model.chat.jinja;

/** What Python's {@code str} does otherwise than Java's, for who must do as Python code does. */
public final class PythonStrings {
  private PythonStrings() {}

  /** Whether Python takes a character for white space. */
  public static boolean isSpace(int codePoint) {
    return PyStr.isSpace(codePoint);
  }

  /** A text without Python's white space at its ends. */
  public static String strip(String text) {
    return PyStr.strip(text, null, true, true);
  }

  /** A text without Python's white space at its end. */
  public static String stripEnd(String text) {
    return PyStr.strip(text, null, false, true);
  }

  /** Python's {@code str.capitalize()}: the first letter large, all others small. */
  public static String capitalize(String text) {
    return Casing.capitalize(text);
  }
}
