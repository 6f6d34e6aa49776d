package dev.sifter.train.demo;

import dev.sifter.engine.random.RandomStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The demonstration's data, made from a seed: documents to pretrain on, conversations to fine-tune
 * on, and held-out problems to evaluate on. No problem of one part occurs in the held-out part,
 * whatever its wording.
 *
 * @param statements pretraining documents
 * @param conversations problems to fine-tune on
 * @param heldOut problems to evaluate on, each once
 */
public record DemoData(
    List<DemoItem> statements, List<DemoItem> conversations, List<DemoItem> heldOut) {
  private static final long HELD_OUT_STREAM = 1;
  private static final long STATEMENT_STREAM = 2;
  private static final long CONVERSATION_STREAM = 3;

  /** Checks that the held-out problems are nowhere else. */
  public DemoData {
    Set<String> keys = new HashSet<>();
    for (DemoItem item : heldOut) {
      if (!keys.add(item.key())) {
        throw new IllegalStateException("held-out problem twice: " + item.key());
      }
    }
    requireAbsent(keys, statements);
    requireAbsent(keys, conversations);
  }

  private static void requireAbsent(Set<String> keys, List<DemoItem> items) {
    for (DemoItem item : items) {
      if (keys.contains(item.key())) {
        throw new IllegalStateException("held-out problem in the training data: " + item.key());
      }
    }
  }

  /** Draws all three parts, kinds of problem in turn. */
  static DemoData generate(long seed, int statements, int conversations, int heldOut) {
    Map<String, DemoItem> held = new LinkedHashMap<>();
    Draw heldDraw = new Draw(new RandomStream(seed, HELD_OUT_STREAM));
    DemoTask[] tasks = DemoTask.values();
    while (held.size() < heldOut) {
      DemoItem item = tasks[held.size() % tasks.length].draw(heldDraw);
      held.putIfAbsent(item.key(), item);
    }
    return new DemoData(
        draw(new Draw(new RandomStream(seed, STATEMENT_STREAM)), statements, held.keySet()),
        draw(new Draw(new RandomStream(seed, CONVERSATION_STREAM)), conversations, held.keySet()),
        List.copyOf(held.values()));
  }

  private static List<DemoItem> draw(Draw draw, int count, Set<String> heldOut) {
    List<DemoItem> items = new ArrayList<>(count);
    DemoTask[] tasks = DemoTask.values();
    while (items.size() < count) {
      DemoItem item = tasks[items.size() % tasks.length].draw(draw);
      if (!heldOut.contains(item.key())) {
        items.add(item);
      }
    }
    return items;
  }
}
