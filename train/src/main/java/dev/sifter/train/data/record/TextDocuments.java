package dev.sifter.train.data.record;

import java.io.IOException;
import java.io.Reader;

/**
 * The documents of a file of plain text: what stands between separators, or the whole file. Blank
 * ones are skipped. Line ends of Windows are read as {@code \n}, as Python reads text.
 */
final class TextDocuments implements RecordSource {
  /** A longer document is no record: it would fill the memory before it could be judged. */
  private static final int MAX_DOCUMENT_CHARS = 1 << 28;

  private final String file;
  private final Reader in;
  private final String separator;
  private final StringBuilder text = new StringBuilder();
  private final char[] buffer = new char[1 << 16];
  private int from;
  private long line = 1;
  private boolean ended;
  private boolean afterReturn;

  /**
   * Documents of a file.
   *
   * @param file what messages call it
   * @param separator what stands between two documents; null if the file is one
   */
  TextDocuments(String file, Reader in, String separator) {
    this.file = file;
    this.in = in;
    this.separator = separator;
  }

  @Override
  public RawRecord read(long record) throws IOException {
    String document;
    while ((document = next(record)) != null) {
      Origin origin = new Origin(file, line, record);
      line += lineBreaks(document) + (separator == null ? 0 : lineBreaks(separator));
      if (!document.isBlank()) {
        return new TextDocument(origin, document);
      }
    }
    return null;
  }

  private static long lineBreaks(String text) {
    return text.chars().filter(c -> c == '\n').count();
  }

  /** What comes before the next separator; null at the end of the file. */
  private String next(long record) throws IOException {
    int searched = from;
    while (true) {
      int end = separator == null ? -1 : text.indexOf(separator, searched);
      if (end >= 0) {
        String document = text.substring(from, end);
        from = end + separator.length();
        return document;
      }
      if (ended) {
        String rest = from < text.length() ? text.substring(from) : null;
        from = text.length();
        return rest;
      }
      text.delete(0, from);
      from = 0;
      // A separator may have begun at the end of what has been read.
      searched = separator == null ? 0 : Math.max(0, text.length() - separator.length() + 1);
      fill(record);
    }
  }

  private void fill(long record) throws IOException {
    int count = in.read(buffer);
    ended = count < 0;
    int kept = 0;
    for (int i = 0; i < count; i++) {
      char c = buffer[i];
      if (c != '\n' || !afterReturn) {
        buffer[kept++] = c == '\r' ? '\n' : c;
      }
      afterReturn = c == '\r';
    }
    text.append(buffer, 0, kept);
    if (text.length() > MAX_DOCUMENT_CHARS) {
      throw new DataException(
          new Origin(file, line, record),
          "the document has more than %d characters: split the file, or set document_separator to"
                  .formatted(MAX_DOCUMENT_CHARS)
              + " what stands between its documents");
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  @Override
  public String toString() {
    return "%s, line %d".formatted(file, line);
  }
}
