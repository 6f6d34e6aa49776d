package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Cuts text into the pieces that the model takes one by one. */
@FunctionalInterface
interface PreTokenizer {
  /** The expression that {@code ByteLevel} cuts with unless told not to: GPT-2's. */
  String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /** The expression of Llama 3 and of OpenAI's cl100k_base. */
  String LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** The names of the components that {@link #parse} reads. */
  List<String> SUPPORTED =
      List.of(
          "BertPreTokenizer",
          "ByteLevel",
          "CharDelimiterSplit",
          "Digits",
          "Metaspace",
          "Punctuation",
          "Sequence",
          "Split",
          "Whitespace",
          "WhitespaceSplit");

  /** Cuts the pieces further; may rewrite the text. */
  Pieces apply(Pieces pieces);

  /** Reads a pre-tokenizer of the file format; an absent one leaves the text whole. */
  static PreTokenizer parse(JsonAt json) {
    if (json.absent()) {
      return pieces -> pieces;
    }
    return switch (json.type()) {
      case "ByteLevel" -> byteLevel(json);
      case "Metaspace" -> metaspace(json);
      case "Split" -> {
        TextPattern pattern = TextPattern.parse(json.get("pattern"));
        yield split(
            json.get("invert").bool(false) ? pattern.inverted() : pattern,
            SplitBehavior.parse(json.get("behavior")));
      }
      case "Sequence" -> sequence(json);
      case "Digits" ->
          split(
              TextPattern.character(Chars::isNumeric),
              json.get("individual_digits").bool(false)
                  ? SplitBehavior.ISOLATED
                  : SplitBehavior.CONTIGUOUS);
      case "Punctuation" ->
          split(
              TextPattern.character(Chars::isPunctuation),
              json.get("behavior").absent()
                  ? SplitBehavior.ISOLATED
                  : SplitBehavior.parse(json.get("behavior")));
      case "Whitespace" -> whitespace();
      case "WhitespaceSplit" ->
          split(TextPattern.character(Chars::isWhitespace), SplitBehavior.REMOVED);
      case "BertPreTokenizer" -> {
        PreTokenizer words =
            split(TextPattern.character(Chars::isWhitespace), SplitBehavior.REMOVED);
        PreTokenizer marks =
            split(TextPattern.character(Chars::isPunctuation), SplitBehavior.ISOLATED);
        yield pieces -> marks.apply(words.apply(pieces));
      }
      case "CharDelimiterSplit" ->
          split(TextPattern.literal(json.get("delimiter").string()), SplitBehavior.REMOVED);
      default -> throw json.unsupported(SUPPORTED);
    };
  }

  /** Cuts every piece at the matches of {@code pattern}. */
  static PreTokenizer split(TextPattern pattern, SplitBehavior behavior) {
    return given -> {
      Pieces pieces = given.spelled();
      Pieces result = new Pieces(pieces.text, false);
      for (int p = 0; p < pieces.count(); p++) {
        behavior.split(pattern, pieces.text, pieces.from(p), pieces.to(p), result);
      }
      return result;
    };
  }

  private static PreTokenizer sequence(JsonAt json) {
    List<PreTokenizer> steps = new ArrayList<>();
    json.get("pretokenizers").elements().forEach(step -> steps.add(parse(step)));
    return pieces -> {
      Pieces result = pieces;
      for (PreTokenizer step : steps) {
        result = step.apply(result);
      }
      return result;
    };
  }

  /** Words, and runs of what is neither word nor white space. */
  private static PreTokenizer whitespace() {
    // Rust's \w, unlike Oniguruma's, is the one of Unicode's technical standard 18.
    String word = "[\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200C\\u200D]+";
    String other = "[^\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200C\\u200D\\p{IsWhite_Space}]+";
    TextPattern pattern = TextPattern.regex(Pattern.compile(word + "|" + other));
    return split(pattern.inverted(), SplitBehavior.REMOVED);
  }

  private static PreTokenizer byteLevel(JsonAt json) {
    boolean prefixSpace = json.get("add_prefix_space").bool(true);
    boolean useRegex = json.get("use_regex").bool(true);
    PreTokenizer words =
        useRegex
            ? split(
                TextPattern.regex(OnigurumaRegex.compile(GPT2, json.path())),
                SplitBehavior.ISOLATED)
            : pieces -> pieces;
    return given -> {
      Pieces pieces = given.spelled();
      return words.apply(prefixSpace ? withPrefix(pieces, ' ', false) : pieces).asBytes();
    };
  }

  private static PreTokenizer metaspace(JsonAt json) {
    String replacement = json.get("replacement").string();
    if (replacement.codePointCount(0, replacement.length()) != 1 || replacement.length() != 1) {
      throw json.get("replacement").wrong("one character");
    }
    char mark = replacement.charAt(0);
    // Files older than prepend_scheme have add_prefix_space instead.
    String scheme =
        json.get("prepend_scheme")
            .string(json.get("add_prefix_space").bool(true) ? "always" : "never");
    if (!List.of("always", "first", "never").contains(scheme)) {
      throw json.get("prepend_scheme").wrong("always, first or never");
    }
    PreTokenizer cut =
        json.get("split").bool(true)
            ? split(TextPattern.literal(replacement), SplitBehavior.MERGED_WITH_NEXT)
            : pieces -> pieces;
    return given -> {
      Pieces pieces = replaceSpaces(given.spelled(), mark);
      return cut.apply(
          scheme.equals("never") ? pieces : withPrefix(pieces, mark, scheme.equals("first")));
    };
  }

  private static Pieces replaceSpaces(Pieces pieces, char mark) {
    AlignedText marked = pieces.text.replacing(' ', mark);
    return marked == pieces.text ? pieces : pieces.over(marked);
  }

  /** Puts {@code prefix} before pieces that do not begin with it: all, or the text's first only. */
  private static Pieces withPrefix(Pieces pieces, char prefix, boolean onlyFirst) {
    AlignedText text = pieces.text;
    boolean any = false;
    for (int p = 0; p < pieces.count(); p++) {
      any |= lacksPrefix(pieces, p, prefix, onlyFirst);
    }
    if (!any) {
      return pieces;
    }
    AlignedText.Builder prefixed = new AlignedText.Builder(text);
    List<int[]> ranges = new ArrayList<>();
    for (int p = 0; p < pieces.count(); p++) {
      int from = prefixed.size();
      if (lacksPrefix(pieces, p, prefix, onlyFirst)) {
        prefixed.append(prefix, pieces.from(p));
      }
      prefixed.copy(pieces.from(p), pieces.to(p));
      ranges.add(new int[] {from, prefixed.size()});
    }
    Pieces result = new Pieces(prefixed.build(), false);
    ranges.forEach(range -> result.add(range[0], range[1]));
    return result;
  }

  private static boolean lacksPrefix(Pieces pieces, int p, char prefix, boolean onlyFirst) {
    return pieces.text.chars[pieces.from(p)] != prefix
        && (!onlyFirst || pieces.text.start(pieces.from(p)) == 0);
  }
}
