package dev.sifter.model.chat.jinja;

import java.util.List;

/** The tokens of a template, one at a time. */
final class TokenStream {
  private final List<Token> tokens;
  private int position;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
    at(0);
  }

  private Token at(int index) {
    Token token = tokens.get(Math.min(index, tokens.size() - 1));
    if (token.kind() == Kind.ERROR) {
      throw (JinjaException) token.value();
    }
    return token;
  }

  Token current() {
    return tokens.get(position);
  }

  Kind kind() {
    return current().kind();
  }

  Token look() {
    return at(position + 1);
  }

  /** The current token; the stream goes on to the one after it. */
  Token next() {
    Token token = current();
    if (token.kind() != Kind.EOF) {
      at(position + 1);
      position++;
    }
    return token;
  }

  boolean skipIf(Kind kind) {
    boolean matches = kind() == kind;
    if (matches) {
      next();
    }
    return matches;
  }

  boolean skipIf(String name) {
    boolean matches = current().isName(name);
    if (matches) {
      next();
    }
    return matches;
  }

  Token expect(Kind kind) {
    if (kind() != kind) {
      throw unexpected(kind.words);
    }
    return next();
  }

  Token expect(String name) {
    if (!current().isName(name)) {
      throw unexpected(name);
    }
    return next();
  }

  private JinjaException unexpected(String expected) {
    if (kind() == Kind.EOF) {
      return fail("unexpected end of template, expected " + PyRepr.repr(expected) + ".");
    }
    return fail(
        "expected token " + PyRepr.repr(expected) + ", got " + PyRepr.repr(current().describe()));
  }

  JinjaException fail(String message) {
    return JinjaException.syntax(message, current().line());
  }

  boolean isAnyName(String... names) {
    for (String name : names) {
      if (current().isName(name)) {
        return true;
      }
    }
    return false;
  }
}
