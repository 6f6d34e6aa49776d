package dev.sifter.model.generate;

import java.util.List;

/**
 * Passes text on until a stop string occurs in it. Text that may be the beginning of a stop string
 * is held back until it is known not to be.
 */
final class StopStringFilter {
  private final List<String> stops;
  private final StringBuilder pending = new StringBuilder();
  private boolean stopped;

  StopStringFilter(List<String> stops) {
    this.stops = stops;
  }

  /** Whether a stop string has occurred. */
  boolean stopped() {
    return stopped;
  }

  /** Whether a stop string would occur with more text. */
  boolean wouldStop(String text) {
    return stops.stream().anyMatch(stop -> (pending + text).contains(stop));
  }

  /** Takes more text and returns what is now certain to stay; nothing after a stop string. */
  String accept(String text) {
    if (stopped) {
      return "";
    }
    pending.append(text);
    int cut = -1;
    for (String stop : stops) {
      int at = pending.indexOf(stop);
      if (at >= 0 && (cut < 0 || at < cut)) {
        cut = at;
      }
    }
    stopped = cut >= 0;
    return take(stopped ? cut : pending.length() - heldBack());
  }

  /** Returns what was held back; the text has ended. */
  String finish() {
    return stopped ? "" : take(pending.length());
  }

  /** Length of the longest end of the pending text with which a stop string begins. */
  private int heldBack() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, pending.length()); n > longest; n--) {
        if (stop.startsWith(pending.substring(pending.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }

  private String take(int length) {
    String text = pending.substring(0, length);
    pending.delete(0, length);
    return text;
  }
}
