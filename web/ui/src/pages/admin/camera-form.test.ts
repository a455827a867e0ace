import { expect, it } from 'vitest';
import { check, toCamera, type CameraForm } from './camera-form';

const good: CameraForm = {
  canteen_id: 'c',
  name: ' 烹饪间 ',
  zone: 'cooking',
  main_url: 'rtsp://10.0.0.7/main',
  sub_url: '',
  username: '',
  password: '',
};

it('finds nothing wrong with a plain camera and leaves out what is empty', () => {
  expect(check(good)).toEqual({});
  expect(toCamera(good)).toMatchObject({ name: '烹饪间', sub_url: null, username: null, password: null });
});

it('names each field that is missing or is no RTSP address', () => {
  expect(check({ ...good, canteen_id: '', name: ' ', zone: '', main_url: 'http://x', sub_url: 'x' })).toEqual({
    canteen_id: 'need.canteen',
    name: 'need.name',
    zone: 'need.zone',
    main_url: 'need.main_url',
    sub_url: 'need.sub_url',
  });
});

it('keeps passwords out of addresses', () => {
  expect(check({ ...good, main_url: 'rtsp://admin:pw@10.0.0.7/main' })).toEqual({ main_url: 'credentials' });
});
