package dev.sifter.model.tokenizer;

/** Token strings and their ids, both ways. Ids may have gaps; no two tokens share one. */
final class Vocabulary {
  /** More than any published vocabulary has; an id beyond it is taken for a corrupt file. */
  static final int MAX_ID = (1 << 24) - 1;

  private final StringTable ids;
  private String[] tokens;

  /** A vocabulary that will hold about {@code expected} tokens. */
  Vocabulary(int expected) {
    ids = new StringTable(expected);
    tokens = new String[Math.max(8, expected)];
  }

  /**
   * Adds a token.
   *
   * @param path the key path that an error names
   * @throws TokenizerException if the id is out of range or taken, or the token is there already
   */
  void add(String token, long id, String path) {
    if (id < 0 || id > MAX_ID) {
      throw new TokenizerException("%s: id %d is outside 0 to %d".formatted(path, id, MAX_ID));
    }
    int at = (int) id;
    if (at < tokens.length && tokens[at] != null) {
      throw new TokenizerException(
          "%s: id %d is already that of \"%s\"".formatted(path, id, tokens[at]));
    }
    int former = ids.put(token, at);
    if (former >= 0) {
      throw new TokenizerException("%s: the token has id %d already".formatted(path, former));
    }
    if (at >= tokens.length) {
      tokens = java.util.Arrays.copyOf(tokens, Math.max(at + 1, tokens.length * 2));
    }
    tokens[at] = token;
  }

  /** The id of {@code token}, or -1. */
  int id(String token) {
    return ids.get(token);
  }

  /** The id of the token {@code chars[from, to)}, or -1. */
  int id(char[] chars, int from, int to) {
    return ids.get(chars, from, to);
  }

  /** The token with this id, or null. */
  String token(int id) {
    return id >= 0 && id < tokens.length ? tokens[id] : null;
  }

  /** The number of tokens. */
  int size() {
    return ids.size();
  }

  /** One more than the largest possible id: the bound of a loop over ids. */
  int idBound() {
    return tokens.length;
  }
}
