package dev.cria.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Python's {@code strftime} of a time without a zone, in English. */
final class Clock {
    private static final DateTimeFormatter DATE_AND_TIME = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy",
            Locale.ENGLISH);

    private Clock() {}

    static Text format(LocalDateTime time, Text formatText, Budget budget) {
        String format = formatText.characters();
        int origin = formatText.origin();
        TextBuilder result = new TextBuilder(budget);
        for (int at = 0; at < format.length(); at++) {
            if (format.charAt(at) != '%' || at + 1 == format.length()) {
                result.append(format.substring(at, at + 1), origin);
                continue;
            }
            char flag = format.charAt(at + 1);
            boolean flagged = "-_0^#".indexOf(flag) >= 0 && at + 2 < format.length();
            at += flagged ? 2 : 1;
            result.append(changed(field(time, format.charAt(at)), flagged ? flag : ' '), origin);
        }
        return result.toText();
    }

    private static String changed(String field, char flag) {
        return switch (flag) {
            case '-' -> field.replaceFirst("^[0 ]+(?=.)", "");
            case '_' -> " ".repeat(field.length() - field.replaceFirst("^0+(?=.)", "").length())
                    + field.replaceFirst("^0+(?=.)", "");
            case '0' -> field.replace(' ', '0');
            case '^' -> Characters.upper(field);
            case '#' -> Characters.swapped(field);
            default -> field;
        };
    }

    private static String field(LocalDateTime time, char field) {
        return switch (field) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'd' -> digits(2, time.getDayOfMonth());
            case 'e' -> "%2d".formatted(time.getDayOfMonth());
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'm' -> digits(2, time.getMonthValue());
            case 'y' -> digits(2, time.getYear() % 100);
            case 'Y' -> digits(4, time.getYear());
            case 'C' -> digits(2, time.getYear() / 100);
            case 'G' -> digits(4, time.get(IsoFields.WEEK_BASED_YEAR));
            case 'V' -> digits(2, time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'U' -> digits(2, (time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'W' -> digits(2, (time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7);
            case 'j' -> digits(3, time.getDayOfYear());
            case 'H' -> digits(2, time.getHour());
            case 'k' -> "%2d".formatted(time.getHour());
            case 'I' -> digits(2, hour(time));
            case 'l' -> "%2d".formatted(hour(time));
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'M' -> digits(2, time.getMinute());
            case 'S' -> digits(2, time.getSecond());
            case 'f' -> digits(6, time.getNano() / 1000);
            case 'c' -> DATE_AND_TIME.format(time);
            case 'x', 'D' -> digits(2, time.getMonthValue()) + "/" + digits(2, time.getDayOfMonth()) + "/"
                    + digits(2, time.getYear() % 100);
            case 'F' -> time.toLocalDate().toString();
            case 'X', 'T' -> digits(2, time.getHour()) + ":" + digits(2, time.getMinute()) + ":"
                    + digits(2, time.getSecond());
            case 'R' -> digits(2, time.getHour()) + ":" + digits(2, time.getMinute());
            case 'r' -> digits(2, hour(time)) + ":" + digits(2, time.getMinute()) + ":" + digits(2, time.getSecond())
                    + (time.getHour() < 12 ? " AM" : " PM");
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> "%" + field;
        };
    }

    private static int hour(LocalDateTime time) {
        return (time.getHour() + 11) % 12 + 1;
    }

    private static String digits(int count, int number) {
        return ("%0" + count + "d").formatted(number);
    }
}
