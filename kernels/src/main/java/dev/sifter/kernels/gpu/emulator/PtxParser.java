package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.ptx.ParameterType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Parses a PTX module of one entry point. What it does not know it refuses, with the line. */
final class PtxParser {
  private static final Set<String> REGISTER_TYPES =
      Set.of("b16", "u16", "s16", "f16", "b32", "u32", "s32", "f32", "b64", "u64", "s64", "pred");
  private static final Map<String, ParameterType> PARAMETER_TYPES =
      Map.of(
          ".u32", ParameterType.U32,
          ".s32", ParameterType.U32,
          ".b32", ParameterType.U32,
          ".f32", ParameterType.F32,
          ".u64", ParameterType.U64,
          ".s64", ParameterType.U64,
          ".b64", ParameterType.U64);

  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final int MOST_REGISTERS = 100_000;
  private static final int MOST_THREADS = 1024;

  /** What ptxas allows; there may be more of the dynamic part. */
  private static final int MOST_SHARED_BYTES = 48 << 10;

  /** Shared memory begins at a multiple of no more. */
  private static final int MOST_ALIGNMENT = SharedMemory.BASE;

  private final PtxLexer lexer;
  private final OperandParser operands;
  private final Map<Integer, String> files = new HashMap<>();
  private final List<PtxModule.Parameter> parameters = new ArrayList<>();
  private final Map<String, String> registers = new HashMap<>();
  private final List<PtxModule.SharedVariable> shared = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();
  private final List<PtxStatement> body = new ArrayList<>();
  private String target = "";
  private String entry = "";
  private int requiredThreads;
  private int maximumThreads;
  private long sharedBytes;
  private SourceLocation location;

  private PtxParser(String text) {
    lexer = new PtxLexer(text);
    operands = new OperandParser(lexer);
  }

  /**
   * Parses.
   *
   * @throws PtxSyntaxException with the line of what is wrong or unknown
   */
  static PtxModule parse(String text) {
    return new PtxParser(text).module();
  }

  private PtxModule module() {
    while (!lexer.atEnd()) {
      String directive = lexer.next();
      switch (directive) {
        case ".version" -> version();
        case ".target" -> target = lexer.word("a target");
        case ".address_size" -> addressSize();
        case ".file" -> file();
        case ".extern" -> {
          lexer.expect(".shared");
          sharedVariable(true);
        }
        case ".shared" -> sharedVariable(false);
        case ".visible" -> {
          lexer.expect(".entry");
          entry();
        }
        case ".entry" -> entry();
        default -> throw lexer.refuse("'%s' is not known here".formatted(directive));
      }
    }
    if (entry.isEmpty()) {
      throw lexer.refuse("the module has no .entry");
    }
    return new PtxModule(
        target,
        entry,
        List.copyOf(parameters),
        Map.copyOf(registers),
        List.copyOf(shared),
        Map.copyOf(labels),
        List.copyOf(body),
        requiredThreads,
        maximumThreads);
  }

  private void version() {
    String version = lexer.next();
    if (!version.matches("[678]\\.\\d")) {
      throw lexer.refuse("PTX version %s; the emulator knows 6.0 to 8.9".formatted(version));
    }
  }

  private void addressSize() {
    if (lexer.integer("an address size") != 64) {
      throw lexer.refuse("addresses have 64 bits");
    }
  }

  private void file() {
    int number = lexer.integer("the number of a file");
    if (!lexer.token().startsWith("\"")) {
      throw lexer.refuse("the name of a file expected, not '%s'".formatted(lexer.token()));
    }
    String name = lexer.next();
    files.put(number, name.substring(1, name.length() - 1));
  }

  private void sharedVariable(boolean external) {
    int alignment = 4;
    if (lexer.accept(".align")) {
      alignment = lexer.integer("an alignment");
      requireAtMost(MOST_ALIGNMENT, alignment, "bytes of alignment");
      if (Integer.bitCount(alignment) != 1) {
        throw lexer.refuse(
            "an alignment of %d bytes; it must be a power of two".formatted(alignment));
      }
    }
    int size =
        switch (lexer.next()) {
          case ".b8", ".u8" -> 1;
          case ".b16", ".u16" -> 2;
          case ".b32", ".u32", ".f32" -> 4;
          case ".b64", ".u64" -> 8;
          default -> throw lexer.refuse("a type of shared memory expected");
        };
    String name = lexer.word("a name");
    int count = external ? 0 : 1;
    if (lexer.accept("[")) {
      if (!lexer.accept("]")) {
        count = lexer.integer("a length");
        lexer.expect("]");
      }
    }
    long bytes = (long) count * size;
    sharedBytes += bytes;
    requireAtMost(MOST_SHARED_BYTES, sharedBytes, "bytes of shared memory");
    lexer.expect(";");
    shared.add(
        new PtxModule.SharedVariable(name, Math.max(alignment, size), (int) bytes, external));
  }

  private void entry() {
    if (!entry.isEmpty()) {
      throw lexer.refuse("a second .entry; a module has one");
    }
    entry = lexer.word("a name");
    if (lexer.accept("(")) {
      int offset = 0;
      while (!lexer.accept(")")) {
        if (!parameters.isEmpty()) {
          lexer.expect(",");
        }
        offset = parameter(offset);
      }
    }
    while (!lexer.accept("{")) {
      String directive = lexer.next();
      switch (directive) {
        case ".maxntid" -> maximumThreads = threads();
        case ".reqntid" -> requiredThreads = threads();
        case ".minnctapersm", ".maxnreg" -> lexer.integer("a number");
        default -> throw lexer.refuse("'%s' is not known here".formatted(directive));
      }
    }
    while (!lexer.accept("}")) {
      bodyLine();
    }
  }

  private int parameter(int offset) {
    lexer.expect(".param");
    ParameterType type = PARAMETER_TYPES.get(lexer.token());
    if (type == null) {
      throw lexer.refuse("a parameter of type '%s' is not known".formatted(lexer.token()));
    }
    lexer.next();
    if (lexer.accept(".ptr")) {
      lexer.accept(".global");
      if (lexer.accept(".align")) {
        lexer.integer("an alignment");
      }
    }
    int aligned = Math.ceilDiv(offset, type.bytes()) * type.bytes();
    parameters.add(new PtxModule.Parameter(lexer.word("a name"), type, aligned));
    return aligned + type.bytes();
  }

  private int threads() {
    long count = 1;
    do {
      count *= lexer.integer("a number of threads");
      requireAtMost(MOST_THREADS, count, "threads");
    } while (lexer.accept(","));
    return (int) count;
  }

  private void bodyLine() {
    if (lexer.atEnd()) {
      throw lexer.refuse("the text ends before the entry's '}'");
    }
    if (lexer.accept(".reg")) {
      registers();
    } else if (lexer.accept(".shared")) {
      sharedVariable(false);
    } else if (lexer.accept(".loc")) {
      String file = files.get(lexer.integer("the number of a file"));
      location = new SourceLocation(file == null ? "?" : file, lexer.integer("a line"));
      lexer.integer("a column");
    } else {
      statement();
    }
  }

  private void registers() {
    String type = lexer.word("a type").substring(1);
    if (!REGISTER_TYPES.contains(type)) {
      throw lexer.refuse("registers of type .%s are not known".formatted(type));
    }
    do {
      String name = lexer.word("a register");
      if (lexer.accept("<")) {
        int count = lexer.integer("a number of registers");
        lexer.expect(">");
        requireAtMost(MOST_REGISTERS, count, "registers");
        for (int i = 0; i < count; i++) {
          declare(name + i, type);
        }
      } else {
        declare(name, type);
      }
    } while (lexer.accept(","));
    lexer.expect(";");
  }

  private void requireAtMost(int most, long count, String what) {
    if (count > most) {
      throw lexer.refuse("%d %s; %d are the most".formatted(count, what, most));
    }
  }

  private void declare(String register, String type) {
    if (registers.put(register, type) != null) {
      throw lexer.refuse("register %s is declared twice".formatted(register));
    }
  }

  private void statement() {
    int line = lexer.line();
    int begin = lexer.begin();
    String guard = null;
    boolean negated = false;
    if (lexer.accept("@")) {
      negated = lexer.accept("!");
      guard = lexer.word("a predicate");
    }
    String word = lexer.word("an instruction");
    if (guard == null && lexer.accept(":")) {
      if (labels.put(word, body.size()) != null) {
        throw lexer.refuse("label %s is there twice".formatted(word));
      }
      return;
    }
    SourceLocation where = location == null ? new SourceLocation("ptx", line) : location;
    List<PtxOperand> list = operands.list();
    String text = lexer.textSince(begin);
    body.add(
        new PtxStatement(
            where,
            line,
            guard,
            negated,
            List.of(word.split("\\.")),
            list,
            SPACE.matcher(text.substring(0, text.length() - 1)).replaceAll(" ").strip()));
  }
}
