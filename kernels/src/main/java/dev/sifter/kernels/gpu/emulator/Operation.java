package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A statement while it is decoded: its modifiers are taken one by one, and what nobody took is
 * refused; its operands are looked up by the kind that the instruction needs.
 */
final class Operation {
  private final PtxStatement statement;
  private final Registers registers;
  private final Map<String, Integer> symbols;
  private final List<String> modifiers;
  private final Set<String> reads = new LinkedHashSet<>();
  private final Set<String> writes = new LinkedHashSet<>();
  private int operandsUsed;
  private String mnemonic;

  /** Number of modifiers that {@link #mnemonic} was made of; they only ever become fewer. */
  private int mnemonicOf = -1;

  /**
   * @param symbols addresses of variables in shared memory
   */
  Operation(PtxStatement statement, Registers registers, Map<String, Integer> symbols) {
    this.statement = statement;
    this.registers = registers;
    this.symbols = symbols;
    this.modifiers = new ArrayList<>(statement.opcode().subList(1, statement.opcode().size()));
  }

  String name() {
    return statement.opcode().getFirst();
  }

  /** The name and the modifiers that nobody took yet. */
  String mnemonic() {
    if (mnemonicOf != modifiers.size()) {
      mnemonic = modifiers.isEmpty() ? name() : name() + "." + String.join(".", modifiers);
      mnemonicOf = modifiers.size();
    }
    return mnemonic;
  }

  /** The registers, special ones too, that were looked up to be read, in order. */
  List<String> reads() {
    return List.copyOf(reads);
  }

  /** The registers that were looked up to be written, in order. */
  List<String> writes() {
    return List.copyOf(writes);
  }

  // Modifiers.

  /** The last modifier, which is the type in most instructions; empty if there is none. */
  String type() {
    return modifiers.isEmpty() ? "" : modifiers.getLast();
  }

  /** Takes the last modifier, which must be one of {@code known}. */
  String takeType(String... known) {
    String type = type();
    if (!Arrays.asList(known).contains(type)) {
      throw refuse("type .%s is not known; there are %s", type, String.join(", ", known));
    }
    modifiers.removeLast();
    return type;
  }

  /** Takes a modifier if it is there. */
  boolean take(String modifier) {
    return modifiers.remove(modifier);
  }

  /** Takes a modifier that must be there. */
  void require(String modifier) {
    if (!take(modifier)) {
      throw refuse("without .%s", modifier);
    }
  }

  /** Takes the one of {@code known} that is there; null if none is. */
  String takeOneOf(String... known) {
    for (String modifier : known) {
      if (take(modifier)) {
        return modifier;
      }
    }
    return null;
  }

  /** Takes the one of {@code known} that must be there. */
  String requireOneOf(String... known) {
    String taken = takeOneOf(known);
    if (taken == null) {
      throw refuse("one of %s is missing", String.join(", ", known));
    }
    return taken;
  }

  /** The modifiers that nobody took yet; may be changed. */
  List<String> modifiers() {
    return modifiers;
  }

  /** Refuses modifiers that nobody took. */
  void requireNoMoreModifiers() {
    if (!modifiers.isEmpty()) {
      throw refuse("modifiers .%s are not known", String.join(".", modifiers));
    }
  }

  /** Refuses operands that nobody took. */
  void requireNoMoreOperands() {
    if (statement.operands().size() > operandsUsed) {
      throw refuse("%d operands; %d are known", statement.operands().size(), operandsUsed);
    }
  }

  // Operands.

  int operandCount() {
    return statement.operands().size();
  }

  PtxOperand operand(int index) {
    if (index >= statement.operands().size()) {
      throw refuse("operand %d is missing", index + 1);
    }
    operandsUsed = Math.max(operandsUsed, index + 1);
    return statement.operands().get(index);
  }

  int word(int index) {
    return word(operand(index));
  }

  /** The plane of a 32-bit or 16-bit operand to read. */
  int word(PtxOperand operand) {
    return switch (operand) {
      case PtxOperand.Immediate immediate -> registers.wordConstant((int) immediate.bits());
      case PtxOperand.Name(String name) when SpecialRegister.named(name) != null -> special(name);
      case PtxOperand.Name(String name) when symbols.containsKey(name) ->
          registers.wordConstant(symbols.get(name));
      case PtxOperand.Name(String name) -> registers.word(read(name, 32, 16));
      default -> throw refuse("a 32-bit operand expected, not %s", operand);
    };
  }

  int wordTarget(int index) {
    return wordTarget(operand(index));
  }

  /** The plane of a 32-bit or 16-bit register to write. */
  int wordTarget(PtxOperand operand) {
    if (operand instanceof PtxOperand.Name(String name)) {
      return registers.word(written(name, 32, 16));
    }
    throw refuse("a 32-bit register expected, not %s", operand);
  }

  int longWord(int index) {
    return longWord(operand(index));
  }

  /** The plane of a 64-bit operand to read. */
  int longWord(PtxOperand operand) {
    return switch (operand) {
      case PtxOperand.Immediate(long bits, boolean isFloat) when !isFloat ->
          registers.longConstant(bits);
      case PtxOperand.Name(String name) when symbols.containsKey(name) ->
          registers.longConstant(symbols.get(name));
      case PtxOperand.Name(String name) -> registers.longWord(read(name, 64, 64));
      default -> throw refuse("a 64-bit operand expected, not %s", operand);
    };
  }

  int longTarget(int index) {
    return longTarget(operand(index));
  }

  /** The plane of a 64-bit register to write. */
  int longTarget(PtxOperand operand) {
    if (operand instanceof PtxOperand.Name(String name)) {
      return registers.longWord(written(name, 64, 64));
    }
    throw refuse("a 64-bit register expected, not %s", operand);
  }

  int predicate(int index) {
    return predicate(operand(index));
  }

  /** The number of a predicate to read. */
  int predicate(PtxOperand operand) {
    if (operand instanceof PtxOperand.Name(String name)) {
      return registers.predicate(read(name, 1, 1));
    }
    throw refuse("a predicate expected, not %s", operand);
  }

  /** The number of a predicate to write. */
  int predicateTarget(PtxOperand operand) {
    if (operand instanceof PtxOperand.Name(String name)) {
      return registers.predicate(written(name, 1, 1));
    }
    throw refuse("a predicate expected, not %s", operand);
  }

  /** A predicate that may be negated: its number, or its complement as a negative number. */
  int signedPredicate(int index) {
    return operand(index) instanceof PtxOperand.Negation(String name)
        ? ~predicate(new PtxOperand.Name(name))
        : predicate(index);
  }

  /** A whole number written in the text. */
  int constant(int index) {
    if (operand(index) instanceof PtxOperand.Immediate(long bits, boolean isFloat) && !isFloat) {
      return (int) bits;
    }
    throw refuse("a constant expected as operand %d", index + 1);
  }

  PtxOperand.Address address(int index) {
    if (operand(index) instanceof PtxOperand.Address address) {
      return address;
    }
    throw refuse("an address expected as operand %d", index + 1);
  }

  /** The members of {@code {a, b}}, or the operand itself, of which there must be {@code count}. */
  List<PtxOperand> group(int index, int count) {
    List<PtxOperand> members =
        operand(index) instanceof PtxOperand.Group(List<PtxOperand> inner)
            ? inner
            : List.of(operand(index));
    if (members.size() != count) {
      throw refuse("%d registers expected as operand %d, not %d", count, index + 1, members.size());
    }
    return members;
  }

  /** Size in bits of a register, 0 for anything else. */
  int bits(PtxOperand operand) {
    return operand instanceof PtxOperand.Name(String name) ? registers.bits(name) : 0;
  }

  private int special(String name) {
    reads.add(name);
    return registers.special(SpecialRegister.named(name));
  }

  private String read(String name, int bits, int otherBits) {
    reads.add(name);
    registers.noteRead(name, statement);
    return declared(name, bits, otherBits);
  }

  private String written(String name, int bits, int otherBits) {
    writes.add(name);
    registers.noteWritten(name);
    return declared(name, bits, otherBits);
  }

  private String declared(String name, int bits, int otherBits) {
    int declared = registers.bits(name);
    if (declared == 0) {
      throw refuse("'%s' is not declared", name);
    }
    if (declared != bits && declared != otherBits) {
      throw refuse("%s is a .%s; %d bits are needed", name, registers.type(name), bits);
    }
    return name;
  }

  PtxSyntaxException refuse(String message, Object... arguments) {
    return statement.refuse(message, arguments);
  }
}
