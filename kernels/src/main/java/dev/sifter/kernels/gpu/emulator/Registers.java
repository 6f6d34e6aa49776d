package dev.sifter.kernels.gpu.emulator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Gives every register, constant and special register of a program its plane.
 *
 * <p>There are three kinds of planes: of 32-bit words (16-bit registers use the lower half), of
 * 64-bit words, and predicates, one bit a lane. A constant is a plane that nobody writes, so that
 * an instruction need not care what its operands are.
 */
final class Registers {
  private final Map<String, String> types;
  private final Map<String, Integer> words = new HashMap<>();
  private final Map<String, Integer> longs = new HashMap<>();
  private final Map<String, Integer> predicates = new HashMap<>();
  private final Map<Integer, Integer> wordConstants = new HashMap<>();
  private final Map<Long, Integer> longConstants = new HashMap<>();
  private final Map<SpecialRegister, Integer> specials = new HashMap<>();
  private final Map<String, PtxStatement> firstReads = new LinkedHashMap<>();
  private final Set<String> written = new HashSet<>();
  private int wordPlanes;
  private int longPlanes;

  /** For registers declared with these types. */
  Registers(Map<String, String> types) {
    this.types = types;
  }

  /** The declared type of a register, or null. */
  String type(String name) {
    return types.get(name);
  }

  /** Size of a declared register in bits; 1 for a predicate, 0 if there is none. */
  int bits(String name) {
    String type = types.get(name);
    if (type == null) {
      return 0;
    }
    return type.equals("pred") ? 1 : Integer.parseInt(type.substring(1));
  }

  void noteRead(String name, PtxStatement reader) {
    firstReads.putIfAbsent(name, reader);
  }

  void noteWritten(String name) {
    written.add(name);
  }

  /** Refuses a program that reads a register which no instruction writes. */
  void requireWritten() {
    firstReads.forEach(
        (name, reader) -> {
          if (!written.contains(name)) {
            throw reader.refuse("%s is read, but nothing writes it", name);
          }
        });
  }

  int word(String name) {
    return words.computeIfAbsent(name, key -> wordPlanes++);
  }

  int longWord(String name) {
    return longs.computeIfAbsent(name, key -> longPlanes++);
  }

  int predicate(String name) {
    return predicates.computeIfAbsent(name, key -> predicates.size());
  }

  int wordConstant(int value) {
    return wordConstants.computeIfAbsent(value, key -> wordPlanes++);
  }

  int longConstant(long value) {
    return longConstants.computeIfAbsent(value, key -> longPlanes++);
  }

  int special(SpecialRegister register) {
    return specials.computeIfAbsent(register, key -> wordPlanes++);
  }

  int wordPlanes() {
    return wordPlanes;
  }

  int longPlanes() {
    return longPlanes;
  }

  int predicateCount() {
    return predicates.size();
  }

  Map<Integer, Integer> wordConstants() {
    return wordConstants;
  }

  Map<Long, Integer> longConstants() {
    return longConstants;
  }

  Map<SpecialRegister, Integer> specials() {
    return specials;
  }

  Map<String, Integer> words() {
    return words;
  }

  Map<String, Integer> longs() {
    return longs;
  }

  Map<String, Integer> predicates() {
    return predicates;
  }
}
