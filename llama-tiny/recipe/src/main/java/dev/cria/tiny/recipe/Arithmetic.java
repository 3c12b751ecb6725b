package dev.cria.tiny.recipe;

import java.util.ArrayList;
import java.util.List;

/**
 * Adding and subtracting: the answer says the sum again in signs, so that every phrasing ends in the same small table.
 */
final class Arithmetic implements Task {
    /** Largest sum, and largest number that something is taken from. */
    private static final int LIMIT = 20;
    /** Some sums go further, which shows how the digits go on. */
    private static final int FAR_LIMIT = 40;

    private static final Phrases ADD = Phrases
            .of("""
                    What is {a} + {b}?
                    What is {a} plus {b}?
                    {a} + {b} = ?
                    {a} + {b}
                    {a} plus {b}?
                    Add {a} and {b}.
                    Calculate {a} + {b}.
                    How much is {a} + {b}?
                    How much is {a} plus {b}?
                    What is the sum of {a} and {b}?
                    Tell me the sum of {a} and {b}.
                    Compute {a} + {b}.
                    Can you add {a} and {b}?
                    Please add {a} and {b}.
                    What do you get when you add {a} and {b}?
                    {a} and {b} make how much?
                    Give me {a} + {b}.
                    What does {a} + {b} equal?
                    What does {a} plus {b} make?
                    Find the sum of {a} and {b}.
                    {name} has {a} {items} and gets {b} more. How many {items} does {name} have?
                    {name} has {a} {items} and buys {b} more. How many are there now?
                    There are {a} {items} here and {b} {items} there. How many {items} are there?
                    {name} finds {a} {items} and then {b} more. How many {items} are that?
                    Solve {a} + {b}.
                    Work out {a} plus {b}.
                    Please calculate {a} plus {b}.
                    ---
                    Can you tell me what {a} + {b} is?
                    Please compute {a} plus {b}.
                    How much do {a} and {b} make?
                    What is {a} added to {b}?
                    Sum up {a} and {b}.
                    {name} has {a} {items} and finds {b} more. How many {items} does {name} have now?
                    +++
                    [what|how much] is {a} and {b}?
                    [how much|what] do {a} + {b} make?
                    [how much|what] do {a} plus {b} make?
                    [how much|what] do {a} and {b} make together?
                    [how much|what] [does|would] {a} and {b} give?
                    {a} and {b} together [make|are|give] [what|how much]?
                    [add|add up|count together|put together] {a} and {b}.
                    sum {a} and {b}.
                    sum up the numbers {a} and {b}.
                    make the sum of {a} and {b}.
                    add up the numbers {a} and {b}.
                    {a} added to {b} is [what|how much]?
                    [how much|which number] is {a} added to {b}?
                    what do I get for {a} added to {b}?
                    [tell me|say] what {a} [+|plus] {b} [is|makes].
                    do you know what {a} [+|plus] {b} is?
                    I want to know [what|how much] {a} [+|plus] {b} is.
                    [compute|calculate|solve|work out] [{a} + {b}|the sum of {a} and {b}|{a} and {b} together].
                    if I have {a} {items} and get {b} more, how many are that?
                    {name} has {a} {items} and [gets|takes|picks up|receives|makes|bakes] {b} more. How many {items} does {name} have [|in all|together]?
                    {name} has {a} {items} and finds {b} more. How many {items} are [there|that] now?
                    {name} had {a} {items} and found {b} more. How many {items} does {name} have?
                    {name} has {a} {items}, {other} has {b}. How many do they have together?
                    """);

    private static final Phrases SUBTRACT = Phrases
            .of("""
                    What is {a} - {b}?
                    What is {a} minus {b}?
                    {a} - {b} = ?
                    {a} - {b}
                    {a} minus {b}?
                    Subtract {b} from {a}.
                    Calculate {a} - {b}.
                    How much is {a} - {b}?
                    How much is {a} minus {b}?
                    What is the difference between {a} and {b}?
                    Take {b} away from {a}.
                    Compute {a} - {b}.
                    Can you subtract {b} from {a}?
                    Please take {b} from {a}.
                    What is left when you take {b} from {a}?
                    What remains of {a} without {b}?
                    Give me {a} - {b}.
                    What does {a} - {b} equal?
                    What does {a} minus {b} make?
                    Find the difference between {a} and {b}.
                    {name} has {a} {items} and gives away {b}. How many {items} are left?
                    {name} has {a} {items} and loses {b}. How many {items} does {name} have?
                    There are {a} {items}. {name} takes {b}. How many {items} are left?
                    {name} had {a} {items} and sold {b} of them. How many are left?
                    Solve {a} - {b}.
                    Work out {a} minus {b}.
                    Please calculate {a} minus {b}.
                    ---
                    Can you tell me what {a} - {b} is?
                    Please compute {a} minus {b}.
                    Please subtract {b} from {a}.
                    What is left of {a} when you take away {b}?
                    {name} has {a} {items} and sells {b}. How many {items} are left?
                    +++
                    [how much|which number] is {b} less than {a}?
                    [how much|what] is {a} if you take {b} away?
                    what is left of {a} [without|minus|after taking away] {b}?
                    what is left of {a} if [you|I] take away {b}?
                    what remains of {a} when you take away {b}?
                    what is left when you take away {b} from {a}?
                    [subtract|take|take away|remove] {b} from {a}.
                    {b} [taken|subtracted] from {a} is [what|how much]?
                    please subtract the number {b} from the number {a}.
                    [tell me|say] what {a} [-|minus] {b} [is|makes].
                    do you know what {a} [-|minus] {b} is?
                    I want to know [what|how much] {a} [-|minus] {b} is.
                    [compute|calculate|solve|work out] [{a} - {b}|the difference of {a} and {b}|{a} without {b}].
                    if I have {a} {items} and lose {b}, how many are left?
                    {name} has {a} {items} and [sells|eats|gives|loses|throws away|breaks] {b} of them. How many {items} [are left|does {name} have now]?
                    {name} has {a} {items} and sells {b}. How many {items} does {name} have?
                    {name} had {a} {items} and sold {b}. How many {items} are left?
                    of {a} {items} {name} takes {b}. How many are left?
                    """);

    private static final Phrases NEXT = Phrases.of("""
            Which number comes after {a}?
            What number comes after {a}?
            What is the number after {a}?
            What comes after {a}?
            Tell me the number after {a}.
            Count on from {a}.
            ---
            Which number is after {a}?
            What is the next number after {a}?
            """);

    private static final Phrases PREVIOUS = Phrases.of("""
            Which number comes before {a}?
            What number comes before {a}?
            What is the number before {a}?
            What comes before {a}?
            Tell me the number before {a}.
            Count back from {a}.
            ---
            Which number is before {a}?
            Name the number before {a}.
            """);

    /** A sum. */
    private record Sum(int a, boolean add, int b) {
        boolean isRefusedBy(Draw draw) {
            return draw.refuses("sum", String.valueOf(a), add ? "+" : "-", String.valueOf(b));
        }

        int result() {
            return add ? a + b : a - b;
        }
    }

    private static final Phrases FAMILY = Phrases.of("""
            Which sums do {a}, {b} and {c} make?
            All sums with {a}, {b} and {c}.
            Write all sums of {a}, {b} and {c}.
            ---
            Show the sums of {a}, {b} and {c}.
            """);

    private static final Phrases TABLE = Phrases.of("""
            Write the table of {op} {b} from {a}.
            The table of {op} {b} from {a}, please.
            {op} {b} from {a} on
            ---
            Show the table of {op} {b} from {a}.
            """);

    private static final Phrases COUNTING = Phrases.of("""
            Count from {a} to {b}.
            Which numbers are there from {a} to {b}?
            The numbers from {a} to {b}, please.
            Write the numbers from {a} to {b}.
            ---
            Show the numbers from {a} to {b}.
            """);

    @Override
    public Exchange draw(Draw draw) {
        if (draw.isVaried() && draw.chance(0.3)) {
            return switch (draw.below(3)) {
                case 0 -> family(draw);
                case 1 -> table(draw);
                default -> counting(draw);
            };
        }
        if (!draw.isHeldOut() && draw.chance(0.08)) {
            return neighbour(draw);
        }
        int limit = draw.goesFar() ? FAR_LIMIT : LIMIT;
        Sum sum;
        do {
            boolean add = draw.chance(0.5);
            int whole = draw.between(0, limit);
            int part = draw.between(0, whole);
            sum = add ? new Sum(whole - part, true, part) : new Sum(whole, false, part);
        } while (sum.isRefusedBy(draw));
        return exchange(draw, sum);
    }

    private static Exchange exchange(Draw draw, Sum sum) {
        String a = String.valueOf(sum.a);
        String b = String.valueOf(sum.b);
        String question = Texts.fill(draw.phrase(sum.add ? ADD : SUBTRACT), "a", a, "b", b, "name",
                draw.one(Lexicon.NAMES), "items", draw.one(Lexicon.ITEMS));
        if (question.contains("{other}")) {
            question = Texts.fill(question, "other", draw.one(Lexicon.NAMES));
        }
        return new Exchange(question, text(sum),
                String.valueOf(sum.result()));
    }

    /** Two numbers, their sum, and all that can be said about them but for what is held out. */
    private static Exchange family(Draw draw) {
        List<String> sums = new ArrayList<>();
        int a;
        int b;
        do {
            sums.clear();
            int whole = draw.between(2, LIMIT);
            a = draw.between(0, whole);
            b = whole - a;
            addTo(sums, new Sum(a, true, b), draw);
            addTo(sums, new Sum(b, true, a), draw);
            addTo(sums, new Sum(whole, false, a), draw);
            addTo(sums, new Sum(whole, false, b), draw);
        } while (sums.isEmpty());
        return new Exchange(Texts.fill(draw.phrase(FAMILY), "a", String.valueOf(a), "b", String.valueOf(b), "c",
                String.valueOf(a + b)), String.join(" ", sums));
    }

    /** The same number added to, or taken from, one number after the other, but for what is held out. */
    private static Exchange table(Draw draw) {
        List<String> sums = new ArrayList<>();
        boolean add;
        int a;
        int b;
        do {
            sums.clear();
            add = draw.chance(0.5);
            b = draw.between(1, LIMIT - 2);
            a = add ? draw.between(0, LIMIT - b) : draw.between(b, LIMIT);
            for (int i = a; i <= a + 5 && (add ? i + b : i) <= LIMIT; i++) {
                addTo(sums, new Sum(i, add, b), draw);
            }
        } while (sums.isEmpty());
        return new Exchange(Texts.fill(draw.phrase(TABLE), "op", add ? "+" : "-", "b", String.valueOf(b), "a",
                String.valueOf(a)), String.join(" ", sums));
    }

    private static void addTo(List<String> sums, Sum sum, Draw draw) {
        String text = text(sum);
        if (!sum.isRefusedBy(draw) && !sums.contains(text)) {
            sums.add(text);
        }
    }

    private static String text(Sum sum) {
        return sum.a + (sum.add ? " + " : " - ") + sum.b + " = " + sum.result() + ".";
    }

    private static Exchange counting(Draw draw) {
        int a = draw.between(0, FAR_LIMIT);
        int b = Math.clamp(a + draw.between(-8, 8), 0, FAR_LIMIT);
        List<String> numbers = new ArrayList<>();
        for (int i = a; i != b; i += Integer.signum(b - a)) {
            numbers.add(String.valueOf(i));
        }
        numbers.add(String.valueOf(b));
        return new Exchange(Texts.fill(draw.phrase(COUNTING), "a", String.valueOf(a), "b", String.valueOf(b)),
                String.join(" ", numbers));
    }

    private static Exchange neighbour(Draw draw) {
        boolean next = draw.chance(0.5);
        int a = draw.between(1, FAR_LIMIT);
        String answer = next
                ? "The number after " + a + " is " + (a + 1) + "."
                : "The number before " + a + " is " + (a - 1) + ".";
        return new Exchange(Texts.fill(draw.phrase(next ? NEXT : PREVIOUS), "a", String.valueOf(a)), answer,
                String.valueOf(next ? a + 1 : a - 1));
    }

    /** {@return all held-out sums up to 20, each asked for once} */
    List<Exchange> everyHeldOut(Draw draw) {
        List<Exchange> all = new ArrayList<>();
        for (int a = 0; a <= LIMIT; a++) {
            for (int b = 0; b <= LIMIT; b++) {
                for (boolean add : new boolean[]{true, false}) {
                    Sum sum = new Sum(a, add, b);
                    if ((add ? a + b <= LIMIT : b <= a) && !sum.isRefusedBy(draw)) {
                        all.add(exchange(draw, sum));
                    }
                }
            }
        }
        return all;
    }
}
