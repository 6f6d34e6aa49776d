package dev.sifter.tests.e2e;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** A pass of an adapted model, forward and back: what came out, and what it took. */
record AdaptedPass(double loss, Map<String, float[]> gradients, List<EmulatorReport> launches) {
  private static final int TOKENS = 120;

  long bytes() {
    return launches.stream()
        .mapToLong(launch -> launch.total().loads().bytes() + launch.total().stores().bytes())
        .sum();
  }

  /** ‖difference of all gradients‖ / ‖all gradients of the other‖. */
  double distance(AdaptedPass other) {
    double difference = 0;
    double size = 0;
    for (Map.Entry<String, float[]> entry : gradients.entrySet()) {
      float[] mine = entry.getValue();
      float[] others = other.gradients.get(entry.getKey());
      for (int i = 0; i < mine.length; i++) {
        difference += Math.pow((double) mine[i] - others[i], 2);
        size += (double) others[i] * others[i];
      }
    }
    return Math.sqrt(difference / size);
  }

  long count(String kernel) {
    return launches.stream().filter(launch -> launch.kernel().startsWith(kernel)).count();
  }

  /** Products that add to what is there, or that do not. */
  long products(boolean adding) {
    return launches.stream()
        .filter(launch -> launch.kernel().startsWith("gemm"))
        .filter(launch -> launch.kernel().contains("accumulate") == adding)
        .count();
  }

  /** B begins as zeros, which would hide what is made of it. */
  static void fillB(Decoder decoder) {
    Random random = new Random(5);
    for (LinearLayer layer : decoder.linearLayers()) {
      if (layer.adapter() != null) {
        Tensor b = layer.adapter().b().value();
        float[] values = new float[(int) b.elements()];
        for (int i = 0; i < values.length; i++) {
          values[i] = 0.1f * (float) random.nextGaussian();
        }
        decoder.backend().upload(MemorySegment.ofArray(values), b);
      }
    }
  }

  static int[] tokens() {
    return new Random(6).ints(TOKENS, 4, 200).toArray();
  }

  /** Forward, something else, and back; the loss. */
  static double pass(Decoder decoder, Runnable between) {
    int[] tokens = tokens();
    try (TensorArena arena = decoder.backend().newStepArena("step")) {
      Tape tape = Tape.recording(decoder.backend(), arena, 0, 0);
      Variable hidden = decoder.hidden(tape, TokenBatch.of(List.of(tokens)), null);
      int[] rows = IntStream.range(0, tokens.length - 1).toArray();
      int[] targets = IntStream.range(1, tokens.length).map(i -> tokens[i]).toArray();
      LinearCrossEntropy.Loss loss = decoder.loss(tape, hidden, rows, targets, 1f / rows.length);
      between.run();
      tape.backward(loss.total());
      return loss.sum() / rows.length;
    }
  }

  static Map<String, float[]> gradients(Decoder decoder) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (Parameter parameter : decoder.parameters().trainable()) {
      float[] values = new float[(int) parameter.value().elements()];
      decoder.backend().download(parameter.gradientTensor(), MemorySegment.ofArray(values));
      gradients.put(parameter.name(), values);
    }
    return gradients;
  }
}
