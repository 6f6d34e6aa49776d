package dev.sifter.model.tokenizer;

import java.util.Arrays;

/** A trie over UTF-16 units whose edges lie in one flat hash table; filled once, then only read. */
final class CharTrie {
  /** The node of the empty string. */
  static final int ROOT = 0;

  private long[] edges;
  private int[] targets;
  private int edgeCount;
  private int[] values;

  /** A trie with room for {@code expected} edges. */
  CharTrie(int expected) {
    int capacity = Integer.highestOneBit(Math.max(16, expected) * 2 - 1) * 2;
    edges = new long[capacity];
    targets = new int[capacity];
    values = new int[Math.max(16, expected)];
    Arrays.fill(values, -1);
  }

  /** Maps {@code key} to a value that is not negative. */
  void put(String key, int value) {
    int node = ROOT;
    for (int i = 0; i < key.length(); i++) {
      int child = child(node, key.charAt(i));
      node = child >= 0 ? child : addEdge(node, key.charAt(i));
    }
    values[node] = value;
  }

  /** The node that {@code unit} leads to from {@code node}, or -1. */
  int child(int node, char unit) {
    long edge = edge(node, unit);
    int mask = edges.length - 1;
    for (int slot = slot(edge, mask); edges[slot] != 0; slot = slot + 1 & mask) {
      if (edges[slot] == edge) {
        return targets[slot];
      }
    }
    return -1;
  }

  /** The value of the string that leads to {@code node}, or -1. */
  int value(int node) {
    return values[node];
  }

  private int addEdge(int node, char unit) {
    if (edgeCount * 2 >= edges.length) {
      grow();
    }
    int target = ++edgeCount;
    if (target == values.length) {
      values = Arrays.copyOf(values, target * 2);
      Arrays.fill(values, target, values.length, -1);
    }
    insert(edge(node, unit), target);
    return target;
  }

  private void insert(long edge, int target) {
    int mask = edges.length - 1;
    int slot = slot(edge, mask);
    while (edges[slot] != 0) {
      slot = slot + 1 & mask;
    }
    edges[slot] = edge;
    targets[slot] = target;
  }

  private void grow() {
    long[] oldEdges = edges;
    int[] oldTargets = targets;
    edges = new long[oldEdges.length * 2];
    targets = new int[edges.length];
    for (int i = 0; i < oldEdges.length; i++) {
      if (oldEdges[i] != 0) {
        insert(oldEdges[i], oldTargets[i]);
      }
    }
  }

  /** An edge as a key; never 0, which marks a free slot. */
  private static long edge(int node, char unit) {
    return ((long) node << 16 | unit) + 1;
  }

  private static int slot(long edge, int mask) {
    long hash = edge * 0x9E3779B97F4A7C15L;
    return (int) (hash >>> 40 ^ hash >>> 20) & mask;
  }
}
