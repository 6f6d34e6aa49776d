package dev.sifter.model.chat.jinja;

/** Kinds of tokens, with the words that error messages use for them. */
enum Kind {
  DATA("template data / text"),
  VARIABLE_BEGIN("begin of print statement"),
  VARIABLE_END("end of print statement"),
  BLOCK_BEGIN("begin of statement block"),
  BLOCK_END("end of statement block"),
  NAME("name"),
  STRING("string"),
  INTEGER("integer"),
  FLOAT("float"),
  EOF("end of template"),
  ERROR("error"),
  ADD("+"),
  SUB("-"),
  MUL("*"),
  DIV("/"),
  FLOORDIV("//"),
  MOD("%"),
  POW("**"),
  TILDE("~"),
  LBRACKET("["),
  RBRACKET("]"),
  LPAREN("("),
  RPAREN(")"),
  LBRACE("{"),
  RBRACE("}"),
  EQ("=="),
  NE("!="),
  GT(">"),
  GTEQ(">="),
  LT("<"),
  LTEQ("<="),
  ASSIGN("="),
  DOT("."),
  COLON(":"),
  PIPE("|"),
  COMMA(","),
  SEMICOLON(";");

  private static final Kind[] OPERATORS = {
    FLOORDIV, POW, EQ, NE, GTEQ, LTEQ, ADD, SUB, MUL, DIV, MOD, TILDE, LBRACKET, RBRACKET, LPAREN,
    RPAREN, LBRACE, RBRACE, GT, LT, ASSIGN, DOT, COLON, PIPE, COMMA, SEMICOLON
  };

  final String words;

  Kind(String words) {
    this.words = words;
  }

  /** The longest operator at a position, or null. */
  static Kind operatorAt(String source, int position) {
    for (Kind operator : OPERATORS) {
      if (source.startsWith(operator.words, position)) {
        return operator;
      }
    }
    return null;
  }
}
