package dev.sifter.model.tokenizer;

import java.util.Map;

/** What a splitter does with its matches. */
enum SplitBehavior {
  /** Matches are dropped; the rest are pieces. */
  REMOVED,
  /** Each match, and each range between two, is a piece. */
  ISOLATED,
  /** A match ends the piece before it. */
  MERGED_WITH_PREVIOUS,
  /** A match begins the piece after it. */
  MERGED_WITH_NEXT,
  /** Matches in a row are one piece. */
  CONTIGUOUS;

  private static final Map<String, SplitBehavior> BY_NAME =
      Map.of(
          "Removed", REMOVED,
          "Isolated", ISOLATED,
          "MergedWithPrevious", MERGED_WITH_PREVIOUS,
          "MergedWithNext", MERGED_WITH_NEXT,
          "Contiguous", CONTIGUOUS);

  /** Reads a behaviour by its name in the file format. */
  static SplitBehavior parse(JsonAt json) {
    SplitBehavior behavior = BY_NAME.get(json.string());
    if (behavior == null) {
      throw json.wrong("one of " + BY_NAME.keySet().stream().sorted().toList());
    }
    return behavior;
  }

  /** Cuts {@code text[from, to)} at the matches of {@code pattern}, and adds the pieces. */
  void split(TextPattern pattern, AlignedText text, int from, int to, Pieces pieces) {
    switch (this) {
      case ISOLATED -> pattern.find(text, from, to, (a, b, match) -> pieces.add(a, b));
      case REMOVED ->
          pattern.find(
              text,
              from,
              to,
              (a, b, match) -> {
                if (!match) {
                  pieces.add(a, b);
                }
              });
      default -> {
        Merger merger = new Merger(this, from, pieces);
        pattern.find(text, from, to, merger);
        pieces.add(merger.from, to);
      }
    }
  }

  /** Joins ranges into pieces; holds the piece that may still grow. */
  private static final class Merger implements TextPattern.Ranges {
    private final SplitBehavior behavior;
    private final Pieces pieces;
    private int from;
    private boolean afterMatch;
    private boolean first = true;

    Merger(SplitBehavior behavior, int from, Pieces pieces) {
      this.behavior = behavior;
      this.from = from;
      this.pieces = pieces;
    }

    @Override
    public void range(int a, int b, boolean match) {
      boolean joins =
          switch (behavior) {
            case CONTIGUOUS -> match == afterMatch;
            case MERGED_WITH_PREVIOUS -> match && !afterMatch;
            default -> !match && afterMatch;
          };
      if (!joins && !first) {
        pieces.add(from, a);
        from = a;
      }
      first = false;
      afterMatch = match;
    }
  }
}
