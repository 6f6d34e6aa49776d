package dev.sifter.train.trainer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.optim.GradientClipping;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A loss or a gradient became NaN or infinite; the run stopped before it could harm the weights.
 */
public final class NotFiniteException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private NotFiniteException(String message, Exception cause) {
    super(message, cause);
  }

  static NotFiniteException at(
      Path outputDir,
      long step,
      double loss,
      GradientScale gradients,
      Decoder model,
      List<MicroBatch> batches) {
    Path file = outputDir.resolve("not-finite-step-" + (step + 1) + ".json");
    String kept = "the step's batch is in " + file;
    UncheckedIOException failure = null;
    try {
      Json.write(file, describe(step, loss, gradients.norm(), batches));
    } catch (UncheckedIOException e) {
      failure = e; // what stopped the run is more than what could not be kept of it
      kept = "the step's batch could not be kept, " + e.getMessage();
    }
    List<String> culprits =
        GradientClipping.notFinite(model.backend(), model.parameters().trainable());
    String where = culprits.isEmpty() ? "" : ", first in the gradient of " + culprits.getFirst();
    return new NotFiniteException(
        ("step %d: loss %s, gradient norm %s%s. The weights are those of step %d; %s. Lower"
                + " learning_rate or max_grad_norm, or look at that batch")
            .formatted(step + 1, loss, gradients.norm(), where, step, kept),
        failure);
  }

  private static ObjectNode describe(
      long step, double loss, double norm, List<MicroBatch> batches) {
    ObjectNode root = Json.mapper().createObjectNode();
    root.put("step", step + 1);
    root.put("loss", String.valueOf(loss));
    root.put("grad_norm", String.valueOf(norm));
    ArrayNode list = root.putArray("micro_batches");
    for (MicroBatch batch : batches) {
      ObjectNode node = list.addObject();
      node.set("input_ids", Json.mapper().valueToTree(batch.tokens().ids()));
      node.set("positions", Json.mapper().valueToTree(batch.tokens().positions()));
      node.set("label_rows", Json.mapper().valueToTree(batch.labelRows()));
      node.set("targets", Json.mapper().valueToTree(batch.targets()));
    }
    return root;
  }
}
