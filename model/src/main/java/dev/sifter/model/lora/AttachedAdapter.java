package dev.sifter.model.lora;

import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.TokenRows;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import java.util.LinkedHashMap;
import java.util.Map;

/** An adapter in a model's memory: on its modules while it is enabled, beside them otherwise. */
public final class AttachedAdapter {
  private final Decoder model;
  private final Map<Adaptable, LoraAdapter> parts = new LinkedHashMap<>();
  private TokenRows trainedRows;

  AttachedAdapter(Decoder model) {
    this.model = model;
  }

  void add(Adaptable module, LoraAdapter part) {
    parts.put(module, part);
  }

  void trainedRows(TokenRows rows) {
    trainedRows = rows;
  }

  /** Puts it on its modules, in place of any other there. */
  public void enable() {
    parts.forEach(Adaptable::adapter);
    if (trainedRows != null) {
      model.embeddingLayer().trainedRows(trainedRows);
      if (model.config().tieWordEmbeddings()) {
        model.headLayer().trainedRows(trainedRows);
      }
    }
  }

  /**
   * Takes it off: the model is its base again, but for weights of the base that it brought along.
   */
  public void disable() {
    parts.forEach(
        (module, part) -> {
          if (module.adapter() == part) {
            module.adapter(null);
          }
        });
  }
}
