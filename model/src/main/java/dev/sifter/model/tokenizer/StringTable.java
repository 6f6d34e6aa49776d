package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * Strings to non-negative ints: open addressing over flat arrays, filled once and then only read.
 *
 * <p>Unlike a {@code HashMap<String, Integer>} it is asked with a range of a {@code char[]}, so
 * that the encoder makes no string to look one up.
 */
final class StringTable {
  private String[] keys;
  private int[] hashes;
  private int[] values;
  private int size;

  /** A table that holds {@code expected} entries without growing. */
  StringTable(int expected) {
    int capacity = Integer.highestOneBit(Math.max(8, expected) * 2 - 1) * 2;
    keys = new String[capacity];
    hashes = new int[capacity];
    values = new int[capacity];
  }

  /** Maps {@code key} to {@code value}; returns the former value, or -1. */
  int put(String key, int value) {
    if (size * 2 >= keys.length) {
      grow();
    }
    int hash = hash(key);
    int slot = slot(hash);
    while (keys[slot] != null) {
      if (hashes[slot] == hash && keys[slot].equals(key)) {
        int former = values[slot];
        values[slot] = value;
        return former;
      }
      slot = slot + 1 & keys.length - 1;
    }
    keys[slot] = key;
    hashes[slot] = hash;
    values[slot] = value;
    size++;
    return -1;
  }

  /** The value of {@code key}, or -1. */
  int get(String key) {
    int hash = hash(key);
    for (int slot = slot(hash); keys[slot] != null; slot = slot + 1 & keys.length - 1) {
      if (hashes[slot] == hash && keys[slot].equals(key)) {
        return values[slot];
      }
    }
    return -1;
  }

  /** The value of the string {@code chars[from, to)}, or -1. */
  int get(char[] chars, int from, int to) {
    int hash = hash(chars, from, to);
    for (int slot = slot(hash); keys[slot] != null; slot = slot + 1 & keys.length - 1) {
      if (hashes[slot] == hash && equal(keys[slot], chars, from, to)) {
        return values[slot];
      }
    }
    return -1;
  }

  /** The number of entries. */
  int size() {
    return size;
  }

  /** The hash of {@code chars[from, to)}: that of the equal string. */
  static int hash(char[] chars, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + chars[i];
    }
    return hash;
  }

  private static int hash(String key) {
    return key.hashCode();
  }

  /** Spreads a hash: the low bits of String's are poor for short strings. */
  static int spread(int hash) {
    int h = hash * 0x9E3779B9;
    return h ^ h >>> 15;
  }

  private int slot(int hash) {
    return spread(hash) & keys.length - 1;
  }

  private static boolean equal(String key, char[] chars, int from, int to) {
    if (key.length() != to - from) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (key.charAt(i - from) != chars[i]) {
        return false;
      }
    }
    return true;
  }

  private void grow() {
    String[] oldKeys = keys;
    int[] oldHashes = hashes;
    int[] oldValues = values;
    keys = new String[oldKeys.length * 2];
    hashes = Arrays.copyOf(hashes, keys.length);
    values = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != null) {
        int slot = slot(oldHashes[i]);
        while (keys[slot] != null) {
          slot = slot + 1 & keys.length - 1;
        }
        keys[slot] = oldKeys[i];
        hashes[slot] = oldHashes[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
