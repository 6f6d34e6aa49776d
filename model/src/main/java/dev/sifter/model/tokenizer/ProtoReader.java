package dev.sifter.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the wire format of protocol buffers, field by field. */
final class ProtoReader {
  private final byte[] bytes;
  private final int end;
  private int at;
  private int field;
  private int wireType;
  private long value;
  private int payloadStart;

  /** A reader of the message {@code bytes}. */
  ProtoReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private ProtoReader(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** Goes to the next field; returns its number, or 0 at the end of the message. */
  int next() {
    if (at == end) {
      return 0;
    }
    long key = varint();
    field = (int) (key >>> 3);
    wireType = (int) (key & 7);
    switch (wireType) {
      case 0 -> value = varint();
      case 1 -> value = fixed(8);
      case 2 -> {
        value = varint();
        if (value < 0 || value > end - at) {
          throw broken("a field of %d bytes where %d are left".formatted(value, end - at));
        }
        payloadStart = at;
        at += (int) value;
      }
      case 5 -> value = fixed(4);
      default -> throw broken("wire type " + wireType);
    }
    if (field == 0) {
      throw broken("field number 0");
    }
    return field;
  }

  /** The field's number, an integer or boolean. */
  long integer() {
    expect(0);
    return value;
  }

  /** The field's 32-bit float. */
  float floating() {
    expect(5);
    return Float.intBitsToFloat((int) value);
  }

  /** The field's bytes. */
  byte[] bytes() {
    expect(2);
    return Arrays.copyOfRange(bytes, payloadStart, payloadStart + (int) value);
  }

  /** The field's text. */
  String string() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** The field's message. */
  ProtoReader message() {
    expect(2);
    return new ProtoReader(bytes, payloadStart, payloadStart + (int) value);
  }

  private void expect(int type) {
    if (wireType != type) {
      throw broken("field %d has wire type %d, expected %d".formatted(field, wireType, type));
    }
  }

  private long varint() {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw broken("the message ends inside a number");
      }
      byte b = bytes[at++];
      result |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return result;
      }
    }
    throw broken("a number of more than 64 bits");
  }

  private long fixed(int length) {
    if (length > end - at) {
      throw broken("the message ends inside a number");
    }
    long result = 0;
    for (int i = 0; i < length; i++) {
      result |= (bytes[at++] & 0xFFL) << 8 * i;
    }
    return result;
  }

  private TokenizerException broken(String what) {
    return new TokenizerException("not a SentencePiece model: at byte %d, %s".formatted(at, what));
  }
}
