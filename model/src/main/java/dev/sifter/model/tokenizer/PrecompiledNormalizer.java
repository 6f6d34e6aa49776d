package dev.sifter.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SentencePiece's compiled character map: a double-array trie (Darts-clone's layout) from UTF-8
 * strings to replacements.
 *
 * <p>As in the reference, a grapheme cluster of less than six bytes is looked up whole first, and
 * what counts is the shortest entry that it begins with; then each of its characters is.
 */
final class PrecompiledNormalizer implements Normalizer {
  private static final Pattern GRAPHEME = Pattern.compile("\\X");
  private static final int MAX_GRAPHEME_BYTES = 5;

  private final int[] trie;
  private final byte[] replacements;

  private PrecompiledNormalizer(int[] trie, byte[] replacements) {
    this.trie = trie;
    this.replacements = replacements;
  }

  /** Reads a normalizer of the file format. */
  static Normalizer parse(JsonAt json) {
    JsonAt map = json.get("precompiled_charsmap");
    if (map.absent() || map.string().isEmpty()) {
      return text -> text;
    }
    try {
      return of(Base64.getDecoder().decode(map.string()), map.path());
    } catch (TokenizerException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new TokenizerException(map.path() + " is not valid base64", e);
    }
  }

  /** A normalizer of a map as SentencePiece stores it: the trie's size, the trie, the strings. */
  static PrecompiledNormalizer of(byte[] map, String path) {
    ByteBuffer bytes = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
    int size = map.length < 4 ? -1 : bytes.getInt();
    if (size < 4 || size % 4 != 0 || size > bytes.remaining()) {
      throw new TokenizerException(
          "%s: a trie of %d bytes does not fit the map's %d".formatted(path, size, map.length));
    }
    int[] trie = new int[size / 4];
    bytes.asIntBuffer().get(trie);
    return new PrecompiledNormalizer(trie, Arrays.copyOfRange(map, 4 + size, map.length));
  }

  @Override
  public AlignedText apply(AlignedText text) {
    Transformation result = new Transformation();
    Matcher graphemes = GRAPHEME.matcher(text.toString());
    boolean modified = false;
    while (graphemes.find()) {
      String grapheme = graphemes.group();
      int[] whole = bytes(grapheme) <= MAX_GRAPHEME_BYTES ? replacement(grapheme) : null;
      if (whole != null) {
        modified = true;
        result.replace(grapheme.codePointCount(0, grapheme.length()), whole);
        continue;
      }
      for (int cp : grapheme.codePoints().toArray()) {
        int[] one = replacement(Character.toString(cp));
        if (one == null) {
          result.add(cp, 0);
        } else {
          modified = true;
          result.replace(1, one);
        }
      }
    }
    return modified ? result.apply(text) : text;
  }

  private static int bytes(String text) {
    return text.codePoints().map(Utf8::length).sum();
  }

  /** What replaces a text that begins with an entry of the map, or null if it does not. */
  private int[] replacement(String text) {
    int at = shortestEntry(text.getBytes(StandardCharsets.UTF_8));
    if (at < 0 || at >= replacements.length) {
      return null;
    }
    int end = at;
    while (end < replacements.length && replacements[end] != 0) {
      end++;
    }
    return new String(replacements, at, end - at, StandardCharsets.UTF_8).codePoints().toArray();
  }

  /** The value of the shortest key that {@code key} begins with, or -1. */
  private int shortestEntry(byte[] key) {
    int node = offset(trie[0]);
    for (byte b : key) {
      if (b == 0) {
        return -1;
      }
      node ^= b & 0xFF;
      // Bits 0 to 7 and 31 of a unit are the label by which it may be reached.
      if (node < 0 || node >= trie.length || (trie[node] & 0x800000FF) != (b & 0xFF)) {
        return -1;
      }
      boolean hasLeaf = (trie[node] >>> 8 & 1) == 1;
      node ^= offset(trie[node]);
      if (hasLeaf) {
        return node >= 0 && node < trie.length ? trie[node] & 0x7FFFFFFF : -1;
      }
    }
    return -1;
  }

  private static int offset(int unit) {
    return unit >>> 10 << ((unit & 1 << 9) >>> 6);
  }
}
