package dev.sifter.engine.ops.contract;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** The inputs of a case by name, and a place for results that are not the op's output. */
public final class Operands {
  private final Map<String, ? extends Variable> inputs;
  private final Map<String, double[]> reported = new LinkedHashMap<>();

  private final boolean timed;

  /** Of a timed run nobody reads the results: nothing is copied or downloaded for them. */
  Operands(Map<String, ? extends Variable> inputs, boolean timed) {
    this.inputs = inputs;
    this.timed = timed;
  }

  /** An input as a variable. */
  public Variable variable(String name) {
    Variable variable = inputs.get(name);
    if (variable == null) {
      throw new IllegalArgumentException("no input '%s' among %s".formatted(name, inputs.keySet()));
    }
    return variable;
  }

  /** An input's value. */
  public Tensor tensor(String name) {
    return variable(name).value();
  }

  /** A copy of an input, on the tape, for kernels that work in place; in a timed run itself. */
  public Tensor copy(Tape tape, String name) {
    Tensor original = tensor(name);
    if (timed) {
      return original;
    }
    Tensor copy = tape.allocate(original.dtype(), original.shape());
    tape.backend().pointwise().cast(original, copy);
    return copy;
  }

  /** Makes a tensor's elements a result. */
  public void report(Tape tape, String name, Tensor values) {
    if (!timed) {
      report(name, HostValues.download(tape.backend(), values));
    }
  }

  /** Makes these numbers a result. */
  public void report(String name, double... values) {
    reported.put(name, values);
  }

  Map<String, double[]> reported() {
    return reported;
  }
}
