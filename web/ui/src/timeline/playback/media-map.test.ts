import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MediaMap, type Piece } from './media-map';

/** Pieces as a playlist has them: no time on the medium between them, gaps in the day where the camera was lost. */
const map = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 0, 5_000, 60_000), fc.integer({ min: 500, max: 4_000 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((list) => {
    let [startsAt, mediaStart] = [1_000_000, 3];
    return list.map(([gap, lengthMs]): Piece => {
      const piece = { startsAt: startsAt + gap, mediaStart, durationS: lengthMs / 1000 };
      startsAt += gap + lengthMs;
      mediaStart += lengthMs / 1000;
      return piece;
    });
  });

it('translates every time that has footage there and back', () => {
  fc.assert(
    fc.property(map, fc.nat(), fc.double({ min: 0, max: 0.99, noNaN: true }), (pieces, which, share) => {
      const piece = pieces[which % pieces.length] as Piece;
      const t = piece.startsAt + share * piece.durationS * 1000;
      const media = new MediaMap(pieces).mediaAt(t);
      expect(media).toBeDefined();
      expect(Math.abs((new MediaMap(pieces).timeAt(media ?? 0) ?? 0) - t)).toBeLessThan(2.1);
    }),
  );
});

it('has no second for a time in a gap, but forgives the rounding where files meet', () => {
  const pieces = [
    { startsAt: 0, mediaStart: 0, durationS: 10 },
    { startsAt: 10_100, mediaStart: 10, durationS: 10 },
    { startsAt: 60_000, mediaStart: 20, durationS: 10 },
  ];
  const medium = new MediaMap(pieces);
  expect(medium.mediaAt(10_050)).toBeCloseTo(9.999, 3);
  expect(medium.mediaAt(10_100)).toBe(10);
  expect(medium.mediaAt(40_000)).toBeUndefined();
  expect(medium.mediaAt(90_000)).toBeUndefined();
  expect(medium.timeAt(20)).toBe(60_000);
  expect(medium.range).toEqual({ start: 0, end: 70_000 });
});
