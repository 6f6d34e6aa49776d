package dev.sifter.model.chat;

import dev.sifter.model.chat.jinja.JinjaException;

/** A chat template that does not compile, or that refuses a chat. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String errorType;
  private final String reason;
  private final int line;

  TemplateException(String errorType, String reason, int line, Throwable cause) {
    super(
        errorType + ": " + reason + (line > 0 ? " (line " + line + " of the template)" : ""),
        cause);
    this.errorType = errorType;
    this.reason = reason;
    this.line = line;
  }

  static TemplateException of(JinjaException error) {
    return new TemplateException(error.errorType(), error.getMessage(), error.line(), error);
  }

  /** The class of the error in Jinja or Python, such as {@code TemplateError}. */
  public String errorType() {
    return errorType;
  }

  /** The message of the error as Jinja or Python words it. */
  public String reason() {
    return reason;
  }

  /** The line of the template, from 1; 0 where it is not known. */
  public int line() {
    return line;
  }
}
