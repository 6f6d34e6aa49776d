package dev.sifter.model.weights;

import dev.sifter.engine.tensor.Tensor;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Weights of a model whose output head is its embedding table, where the source also names the
 * head: one matrix, by the name of the table.
 */
public final class TiedWeights implements WeightSource {
  private final WeightSource base;
  private final String table;
  private final String head;

  /**
   * {@code base} with one name for the two, closing it with itself.
   *
   * @param table what the embedding table is called, there or not
   * @param head what the head is called there
   */
  public TiedWeights(WeightSource base, String table, String head) {
    this.base = base;
    this.table = table;
    this.head = head;
  }

  @Override
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>(base.names());
    names.remove(head);
    names.add(table);
    return names;
  }

  @Override
  public Tensor tensor(String name) {
    return base.tensor(name.equals(table) && !base.names().contains(table) ? head : name);
  }

  @Override
  public String origin() {
    return base.origin();
  }

  @Override
  public void close() {
    base.close();
  }
}
