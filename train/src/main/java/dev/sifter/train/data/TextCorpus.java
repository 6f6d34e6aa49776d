package dev.sifter.train.data;

import dev.sifter.model.FileErrors;
import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Plain text to pretrain on: the tokens of all documents one after the other, each ended by the end
 * token, to be cut into blocks.
 *
 * @param tokens all tokens
 * @param documents number of documents that have tokens
 * @param characters UTF-16 units of their text, without separators
 */
public record TextCorpus(int[] tokens, int documents, long characters) {
  /** A tokenizer's work grows with the piece that it is given; a document goes in pieces. */
  private static final int PIECE_CHARS = 1 << 20;

  private static final int MAX_DOCUMENT_CHARS = 1 << 28;
  private static final int MAX_TOKENS = Integer.MAX_VALUE - 8;

  /**
   * Reads and tokenises text files, plain or gzipped.
   *
   * @param patterns paths and globs
   * @param separator text between two documents of a file, such as {@code <|endoftext|>}; null if
   *     every file is one document
   * @throws DataException if a file is not UTF-8, or nothing is in the files
   */
  public static TextCorpus read(List<String> patterns, String separator, Tokenizer tokenizer) {
    if (separator != null && separator.isEmpty()) {
      throw new IllegalArgumentException("document_separator is empty; leave it out instead");
    }
    Builder builder = new Builder(tokenizer);
    for (Path file : DataFiles.expand(patterns, "train", null)) {
      readDocuments(file, separator, builder::add);
    }
    if (builder.size == 0) {
      throw new DataException(
          "the text files %s are empty, or the tokenizer has no token for what they hold"
              .formatted(patterns));
    }
    return builder.build();
  }

  private static void readDocuments(Path file, String separator, Consumer<String> documents) {
    StringBuilder text = new StringBuilder();
    char[] buffer = new char[1 << 16];
    try (BufferedReader reader = DataFiles.openText(file)) {
      int count;
      while ((count = reader.read(buffer)) >= 0) {
        int searchFrom = Math.max(0, text.length() - (separator == null ? 0 : separator.length()));
        text.append(buffer, 0, count);
        if (separator != null) {
          takeDocuments(text, separator, searchFrom, documents);
        }
        if (text.length() > MAX_DOCUMENT_CHARS) {
          throw new DataException(
              "%s has a document of more than %d characters: split the file, or set"
                      .formatted(file, MAX_DOCUMENT_CHARS)
                  + " document_separator to what stands between its documents");
        }
      }
      documents.accept(text.toString());
    } catch (CharacterCodingException e) {
      throw new DataException("%s is not UTF-8 text".formatted(file));
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  private static void takeDocuments(
      StringBuilder text, String separator, int searchFrom, Consumer<String> documents) {
    int taken = 0;
    int found;
    while ((found = text.indexOf(separator, Math.max(taken, searchFrom))) >= 0) {
      documents.accept(text.substring(taken, found));
      taken = found + separator.length();
    }
    text.delete(0, taken);
  }

  /**
   * The tokens in rows, every one trained. As in TRL's {@code wrapped} packing, tokens attend to
   * all before them in their row, across documents.
   *
   * @param length tokens of a row
   * @param keepLast whether to keep a last row that is shorter
   */
  public List<Example> blocks(int length, boolean keepLast) {
    if (length < 2) {
      throw new IllegalArgumentException(
          "max_length is %d; a block needs 2 tokens, one to predict from the other"
              .formatted(length));
    }
    List<Example> blocks = new ArrayList<>();
    int to;
    for (int from = 0; from < tokens.length; from = to) {
      to = from + Math.min(length, tokens.length - from);
      if (to - from == length || keepLast && to - from >= 2) {
        int[] ids = Arrays.copyOfRange(tokens, from, to);
        blocks.add(Example.of(ids, ids.clone()));
      }
    }
    return blocks;
  }

  /**
   * The documents by themselves, each with its end token and every token trained: to be packed so
   * that they do not see each other.
   */
  public List<Example> documents(int endToken) {
    List<Example> result = new ArrayList<>(documents);
    int from = 0;
    for (int at = 0; at < tokens.length; at++) {
      if (tokens[at] == endToken) {
        int[] ids = Arrays.copyOfRange(tokens, from, at + 1);
        result.add(Example.of(ids, ids.clone()));
        from = at + 1;
      }
    }
    return result;
  }

  /** Gathers tokens. */
  private static final class Builder {
    private final Tokenizer tokenizer;
    private final SpecialTokens.Token eos;
    private int[] tokens = new int[1 << 16];
    private int size;
    private int documents;
    private long characters;

    Builder(Tokenizer tokenizer) {
      this.tokenizer = tokenizer;
      this.eos =
          tokenizer
              .specialTokens()
              .eos()
              .orElseThrow(
                  () ->
                      new DataException(
                          "documents must end with the end token, but the tokenizer names none:"
                              + " set eos_token"));
    }

    void add(String document) {
      if (document.isBlank()) {
        return;
      }
      int before = size;
      for (int from = 0; from < document.length(); ) {
        int to = pieceEnd(document, from);
        append(tokenizer.encode(document.substring(from, to), from == 0).ids());
        from = to;
      }
      if (size == before) {
        return;
      }
      documents++;
      characters += document.length();
      // A tokenizer may have ended the text by itself.
      if (tokens[size - 1] != eos.id()) {
        append(new int[] {eos.id()});
      }
    }

    /** After the last line break of a piece, where a token hardly ever continues. */
    private static int pieceEnd(String document, int from) {
      if (document.length() - from <= PIECE_CHARS) {
        return document.length();
      }
      int lineBreak = document.lastIndexOf('\n', from + PIECE_CHARS - 1);
      int end = lineBreak > from ? lineBreak + 1 : from + PIECE_CHARS;
      return Character.isLowSurrogate(document.charAt(end)) ? end - 1 : end;
    }

    private void append(int[] ids) {
      if (ids.length > MAX_TOKENS - size) {
        throw new DataException(
            "the text has more than %d tokens; name fewer files".formatted(MAX_TOKENS));
      }
      if (ids.length > tokens.length - size) {
        long wanted = Math.max(2L * tokens.length, (long) size + ids.length);
        tokens = Arrays.copyOf(tokens, (int) Math.min(wanted, MAX_TOKENS));
      }
      System.arraycopy(ids, 0, tokens, size, ids.length);
      size += ids.length;
    }

    TextCorpus build() {
      return new TextCorpus(Arrays.copyOf(tokens, size), documents, characters);
    }
  }
}
