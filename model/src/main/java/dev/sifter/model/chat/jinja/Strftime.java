package dev.sifter.model.chat.jinja;

import java.time.LocalDateTime;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;

/** {@code datetime.strftime} in the C locale. */
final class Strftime {
  private static final String[] DAYS = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
  };
  private static final String[] MONTHS = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"
  };

  private Strftime() {}

  static String format(LocalDateTime time, String format) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char directive = format.charAt(++i);
      boolean unpadded = directive == '-' && i + 1 < format.length();
      if (unpadded) {
        directive = format.charAt(++i);
      }
      String text = directive(time, directive);
      out.append(unpadded ? withoutPadding(text) : text);
      Budget.checkSize(out.length());
    }
    return out.toString();
  }

  private static String withoutPadding(String text) {
    int at = 0;
    while (at < text.length() - 1 && (text.charAt(at) == '0' || text.charAt(at) == ' ')) {
      at++;
    }
    return text.substring(at);
  }

  private static String pad(long value, int width, char fill) {
    String digits = Long.toString(value);
    return String.valueOf(fill).repeat(Math.max(0, width - digits.length())) + digits;
  }

  private static String directive(LocalDateTime t, char directive) {
    int hour12 = t.getHour() % 12 == 0 ? 12 : t.getHour() % 12;
    int weekday = t.getDayOfWeek().getValue();
    String day = DAYS[weekday - 1];
    String month = MONTHS[t.getMonthValue() - 1];
    return switch (directive) {
      case 'a' -> day.substring(0, 3);
      case 'A' -> day;
      case 'b', 'h' -> month.substring(0, 3);
      case 'B' -> month;
      case 'c' -> format(t, "%a %b %e %H:%M:%S %Y");
      case 'C' -> pad(t.getYear() / 100, 2, '0');
      case 'd' -> pad(t.getDayOfMonth(), 2, '0');
      case 'D', 'x' -> format(t, "%m/%d/%y");
      case 'e' -> pad(t.getDayOfMonth(), 2, ' ');
      case 'f' -> pad(t.getNano() / 1000, 6, '0');
      case 'F' -> format(t, "%Y-%m-%d");
      case 'G' -> pad(t.get(IsoFields.WEEK_BASED_YEAR), 4, '0');
      case 'H' -> pad(t.getHour(), 2, '0');
      case 'I' -> pad(hour12, 2, '0');
      case 'j' -> pad(t.getDayOfYear(), 3, '0');
      case 'k' -> pad(t.getHour(), 2, ' ');
      case 'l' -> pad(hour12, 2, ' ');
      case 'm' -> pad(t.getMonthValue(), 2, '0');
      case 'M' -> pad(t.getMinute(), 2, '0');
      case 'n' -> "\n";
      case 'p' -> t.getHour() < 12 ? "AM" : "PM";
      case 'P' -> t.getHour() < 12 ? "am" : "pm";
      case 'r' -> format(t, "%I:%M:%S %p");
      case 'R' -> format(t, "%H:%M");
      case 'S' -> pad(t.getSecond(), 2, '0');
      case 't' -> "\t";
      case 'T', 'X' -> format(t, "%H:%M:%S");
      case 'u' -> Integer.toString(weekday);
      case 'U' -> pad((t.getDayOfYear() + 6 - weekday % 7) / 7, 2, '0');
      case 'V' -> pad(t.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0');
      case 'w' -> Integer.toString(weekday % 7);
      case 'W' -> pad((t.getDayOfYear() + 6 - (weekday + 6) % 7) / 7, 2, '0');
      case 'y' -> pad(t.get(ChronoField.YEAR) % 100, 2, '0');
      case 'Y' -> Integer.toString(t.getYear());
      case 'z', 'Z' -> "";
      case '%' -> "%";
      default -> "%" + directive;
    };
  }
}
