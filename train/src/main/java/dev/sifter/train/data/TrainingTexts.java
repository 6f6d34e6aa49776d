package dev.sifter.train.data;

import dev.sifter.model.chat.Message;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DatasetMixture;
import dev.sifter.train.data.record.MixtureReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;

/**
 * The texts of records, one after the other, to train a tokenizer on: of plain text all of it, of
 * prompt and completion both, of a conversation what its messages say. Long ones come in the {@link
 * LongText#pieces pieces} in which they will be tokenised.
 *
 * @param data which records
 * @param textField field of plain text
 * @param listener is told how far reading has come
 */
public record TrainingTexts(DatasetMixture data, String textField, PreparationListener listener)
    implements Iterable<String> {

  /**
   * Reads the files anew.
   *
   * @throws DataException if there are none; the iterator throws it for a record that is malformed
   */
  @Override
  public Iterator<String> iterator() {
    return new Reading();
  }

  /**
   * What the records begin with.
   *
   * @param chars of which so many are enough
   */
  public String beginning(int chars) {
    StringBuilder beginning = new StringBuilder();
    try (Reading texts = new Reading()) {
      while (beginning.length() < chars && texts.hasNext()) {
        beginning.append(texts.next());
      }
    }
    return beginning.toString();
  }

  /** Closes its files at their end; it need be closed only before. */
  private final class Reading implements Iterator<String>, AutoCloseable {
    private final MixtureReader records = MixtureReader.open(data);
    private final long bytes = TokenCache.bytes(data);
    private final RowParser parser = new RowParser(textField, new ChatRoles(Map.of()));
    private final Queue<String> next = new ArrayDeque<>();
    private long count;

    @Override
    public boolean hasNext() {
      while (next.isEmpty()) {
        if (!records.hasNext()) {
          requireText();
          return false;
        }
        for (String text : texts(parser.parse(records.next().parse()))) {
          LongText.pieces(text).forEach(next::add);
        }
        listener.prepared(++count, records.bytesRead(), bytes);
      }
      return true;
    }

    private void requireText() {
      if (count == 0) {
        List<String> files = data.sources().stream().flatMap(s -> s.files().stream()).toList();
        throw new DataException("there is no text in %s".formatted(files));
      }
    }

    @Override
    public void close() {
      records.close();
    }

    @Override
    public String next() {
      if (!hasNext()) {
        throw new NoSuchElementException("after %d records".formatted(count));
      }
      return next.remove();
    }
  }

  private static List<String> texts(TrainingRow row) {
    return switch (row) {
      case TrainingRow.Text text -> List.of(text.text());
      case TrainingRow.Completion both -> List.of(both.prompt() + both.completion());
      case TrainingRow.Chat chat -> said(chat);
      case TrainingRow.Tokens _ ->
          throw new DataException(
              row.origin(), "the record holds input_ids, of which no tokenizer can learn");
    };
  }

  private static List<String> said(TrainingRow.Chat chat) {
    List<String> texts = new ArrayList<>();
    for (Message message : chat.messages()) {
      switch (message.content()) {
        case String text -> texts.add(text);
        case List<?> parts -> parts.forEach(part -> texts.add(partText(part)));
        case null, default -> {
          // A message may be nothing but calls of tools.
        }
      }
    }
    return texts;
  }

  private static String partText(Object part) {
    return part instanceof Map<?, ?> fields ? String.valueOf(fields.get("text")) : part.toString();
  }
}
