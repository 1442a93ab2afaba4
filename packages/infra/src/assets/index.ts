export { assetAddress, parseAssetName } from './asset-address.js';
export {
  type AssetHome,
  type AssetKeeper,
  createAssetKeeper,
  type KeptAsset,
  type UploadedAsset,
} from './keep-asset.js';
export { INPUT_BYTES_MAX, preparePicture } from './prepare-picture.js';
