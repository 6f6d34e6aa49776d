package dev.sifter.model.chat.jinja;

/** An error of a template: at compile time or while it renders. Carries no stack trace. */
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String errorType;
  private int line;

  JinjaException(String errorType, String message) {
    super(message, null, false, false);
    this.errorType = errorType;
  }

  static JinjaException type(String message) {
    return new JinjaException("TypeError", message);
  }

  static JinjaException value(String message) {
    return new JinjaException("ValueError", message);
  }

  static JinjaException attribute(String message) {
    return new JinjaException("AttributeError", message);
  }

  static JinjaException runtime(String message) {
    return new JinjaException("TemplateRuntimeError", message);
  }

  static JinjaException filterArgument(String message) {
    return new JinjaException("FilterArgumentError", message);
  }

  static JinjaException overflow(String message) {
    return new JinjaException("OverflowError", message);
  }

  /** Something of Jinja or Python that is left out on purpose, and why. */
  static JinjaException unsupported(String what, String why) {
    return new JinjaException("SecurityError", what + " is not supported in templates: " + why);
  }

  static JinjaException syntax(String message, int line) {
    return new JinjaException("TemplateSyntaxError", message).at(line);
  }

  JinjaException at(int errorLine) {
    if (line == 0) {
      line = errorLine;
    }
    return this;
  }

  /** The class of the error in Jinja or Python, such as {@code UndefinedError}. */
  public String errorType() {
    return errorType;
  }

  /** The line of the template, from 1; 0 where it is not known. */
  public int line() {
    return line;
  }
}
