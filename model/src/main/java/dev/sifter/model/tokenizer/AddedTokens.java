package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The added tokens of a tokenizer, and the search for them in text.
 *
 * <p>The search is leftmost-longest: at each position the longest token that starts there. Tokens
 * are kept by their first character, so that text without any costs one table look-up a character.
 */
final class AddedTokens {
  private final List<AddedToken> all;
  private final Map<Integer, AddedToken> byId = new HashMap<>();
  private final Map<String, AddedToken> byContent = new HashMap<>();
  private final Finder raw;
  private final Finder normalized;

  /** A set of tokens; {@code normalizer} is that of the text in which some are looked for. */
  AddedTokens(List<AddedToken> tokens, Normalizer normalizer) {
    all = List.copyOf(tokens);
    List<Found> inRaw = new ArrayList<>();
    List<Found> inNormalized = new ArrayList<>();
    for (AddedToken token : tokens) {
      byId.put(token.id(), token);
      byContent.put(token.content(), token);
      if (token.normalized()) {
        char[] content = token.content().toCharArray();
        AlignedText text = normalizer.apply(AlignedText.original(content, 0, content.length));
        inNormalized.add(new Found(text.toString(), token));
      } else {
        inRaw.add(new Found(token.content(), token));
      }
    }
    raw = new Finder(inRaw);
    normalized = new Finder(inNormalized);
  }

  /** All tokens, by id. */
  List<AddedToken> all() {
    return all;
  }

  /** The added token with this id, or null. */
  AddedToken get(int id) {
    return byId.get(id);
  }

  /** The added token with this text, or null. */
  AddedToken get(String content) {
    return byContent.get(content);
  }

  /** Receives a stretch of text: an added token, or what lies between two (token null). */
  @FunctionalInterface
  interface Stretches {
    /** Takes the stretch {@code [from, to)}. */
    void stretch(AddedToken token, int from, int to);
  }

  /** Finds the tokens that are looked for in the original text. */
  void splitRaw(char[] text, Stretches stretches) {
    raw.split(text, stretches);
  }

  /** Finds the tokens that are looked for in normalised text. */
  void splitNormalized(char[] text, Stretches stretches) {
    normalized.split(text, stretches);
  }

  /** A token, and the text under which it is found. */
  private record Found(String pattern, AddedToken token) {}

  private static final class Finder {
    /** For each character, the tokens that start with it, longest first. */
    private final Map<Character, List<Found>> byFirst = new HashMap<>();

    private final boolean[] startsAscii = new boolean[128];
    private boolean startsOther;

    Finder(List<Found> tokens) {
      for (Found found : tokens) {
        if (found.pattern.isEmpty()) {
          continue;
        }
        char first = found.pattern.charAt(0);
        if (first < 128) {
          startsAscii[first] = true;
        } else {
          startsOther = true;
        }
        byFirst.computeIfAbsent(first, c -> new ArrayList<>()).add(found);
      }
      for (List<Found> list : byFirst.values()) {
        // The sort is stable: of two tokens that normalise to one text, the first is found.
        list.sort((a, b) -> Integer.compare(b.pattern.length(), a.pattern.length()));
      }
    }

    void split(char[] text, Stretches stretches) {
      int done = 0;
      if (!byFirst.isEmpty()) {
        for (int i = 0; i < text.length; ) {
          Found found = at(text, i);
          if (found == null) {
            i++;
            continue;
          }
          int end = i + found.pattern.length();
          AddedToken token = found.token;
          if (!token.singleWord() || standsAlone(text, i, end)) {
            int from = token.lstrip() ? Math.max(done, spacesBefore(text, i)) : i;
            int to = token.rstrip() ? spacesAfter(text, end) : end;
            if (done < from) {
              stretches.stretch(null, done, from);
            }
            if (from < to) {
              stretches.stretch(token, from, to);
            }
            done = to;
          }
          // As in the reference, a token in white space that this one took along is found as well.
          i = end;
        }
      }
      if (done < text.length) {
        stretches.stretch(null, done, text.length);
      }
    }

    private Found at(char[] text, int i) {
      char c = text[i];
      if (c < 128 ? !startsAscii[c] : !startsOther) {
        return null;
      }
      for (Found found : byFirst.getOrDefault(c, List.of())) {
        if (startsWith(text, i, found.pattern)) {
          return found;
        }
      }
      return null;
    }

    private static boolean startsWith(char[] text, int at, String pattern) {
      if (text.length - at < pattern.length()) {
        return false;
      }
      for (int i = 1; i < pattern.length(); i++) {
        if (text[at + i] != pattern.charAt(i)) {
          return false;
        }
      }
      return true;
    }

    private static boolean standsAlone(char[] text, int from, int to) {
      return (from == 0 || !Chars.isWord(Character.codePointBefore(text, from)))
          && (to == text.length || !Chars.isWord(Character.codePointAt(text, to)));
    }

    private static int spacesBefore(char[] text, int at) {
      int from = at;
      while (from > 0 && Chars.isWhitespace(text[from - 1])) {
        from--;
      }
      return from;
    }

    private static int spacesAfter(char[] text, int at) {
      int to = at;
      while (to < text.length && Chars.isWhitespace(text[to])) {
        to++;
      }
      return to;
    }
  }
}
